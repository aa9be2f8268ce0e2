from fastapi import FastAPI

app = FastAPI()


@app.get("/forecast")
def forecast(days: int = 1) -> list[str]:
    return ["rain"] * days
