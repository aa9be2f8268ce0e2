"""The stock: a factory that wires its container after everything else."""

from fastapi import FastAPI

from . import routes
from .container import Container


def create_app() -> FastAPI:
    container = Container()
    app = FastAPI(title="Stock")
    app.container = container
    app.include_router(routes.router)
    container.wire(modules=["stock.routes"])
    return app


app = create_app()
