from fastapi import FastAPI
from tides import HIGH

app = FastAPI()


@app.get("/tides")
def now() -> str:
    return HIGH
