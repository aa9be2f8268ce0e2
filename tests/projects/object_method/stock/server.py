from fastapi import APIRouter, FastAPI


class Server:
    def __init__(self, shelves: list[str]) -> None:
        self.shelves = shelves
        self._app = FastAPI(debug=False)
        self.router = APIRouter(tags=["stock"])
        self.router.add_api_route("/shelves", self.list_shelves, methods=["GET"])
        self._app.include_router(self.router)

    def app(self) -> FastAPI:
        return self._app

    def list_shelves(self) -> list[str]:
        return self.shelves
