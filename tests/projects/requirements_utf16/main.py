from fastapi import FastAPI

app = FastAPI()


@app.get("/ping", tags=["ping"])
def ping() -> str:
    return "pong"
