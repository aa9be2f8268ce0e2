from fastapi import FastAPI


class Service(FastAPI):
    def __init__(self, name: str) -> None:
        super().__init__(title=name)
        self.add_api_route("/health", self.health, tags=["service"])

    def health(self) -> dict[str, str]:
        return {"service": self.title}
