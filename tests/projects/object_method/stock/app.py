from stock.server import Server

server = Server(["upper", "lower"])
app = server.app()
