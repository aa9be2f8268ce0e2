from fastapi import FastAPI

from .orders import router


def create_app() -> FastAPI:
    app = FastAPI(title="Shop")
    app.include_router(router)
    return app


app = create_app()
