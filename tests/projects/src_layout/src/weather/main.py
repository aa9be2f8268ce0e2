from fastapi import FastAPI

from weather.settings import settings

app = FastAPI(title="Weather")


@app.get("/today")
def today() -> dict[str, str]:
    return {"place": settings.place, "weather": "rain"}
