from fastapi import FastAPI

from app.core.config import settings

app = FastAPI(title=settings.PROJECT_NAME)


@app.get("/beds", tags=["beds"])
def beds() -> list[str]:
    return ["beans", "kale"]
