import fastapi

app = fastapi.FastAPI()


@app.get("/days", tags=["days"])
def days() -> list[str]:
    return ["monday", "tuesday"]
