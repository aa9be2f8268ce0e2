from __future__ import annotations

from fastapi import APIRouter, FastAPI

router = APIRouter()


@router.get("/questions")
def questions() -> list[str]:
    return ["Where?", "When?"]


class Wiring:
    def __init__(self, app: FastAPI) -> None:
        self.__app = app

    def with_questions(self) -> Wiring:
        self.__app.include_router(router)
        return self

    def wired(self) -> FastAPI:
        return self.__app
