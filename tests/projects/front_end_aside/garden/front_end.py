from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

INDEX = Path(__file__).parent / "static" / "index.html"


def serve(app: FastAPI) -> None:
    @app.api_route("/{path:path}", methods=["GET", "POST"], include_in_schema=False)
    def index(path: str) -> FileResponse:
        return FileResponse(INDEX)
