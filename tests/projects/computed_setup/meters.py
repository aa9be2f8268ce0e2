from fastapi import FastAPI

app = FastAPI()


@app.get("/meters")
def meters() -> dict[str, float]:
    return {"water": 12.5}
