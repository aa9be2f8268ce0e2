from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app import internal

app = FastAPI()


@app.get("/api/version", tags=["api"])
def version() -> str:
    return "1.0"


app.mount("/internal", internal.api)
app.mount("/", StaticFiles(directory=Path(__file__).parent / "static", html=True), name="site")
