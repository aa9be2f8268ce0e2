from fastapi import FastAPI

from survey.wiring import Wiring


def create_app() -> FastAPI:
    app = FastAPI(title="Survey")
    return Wiring(app).with_questions().wired()
