"""What is handed to the routes."""


class Container:
    def __init__(self) -> None:
        self.pieces = {"bolt": 40}
        self.wired: list[str] = []

    def wire(self, modules: list[str]) -> None:
        self.wired = modules
