from agents.registry import names
from fastapi import FastAPI

app = FastAPI(title="Desk")


@app.get("/agents")
def listed() -> list[str]:
    return names()
