from fastapi import FastAPI

app = FastAPI()


@app.get("/tickets")
def tickets() -> dict[str, int]:
    return {"open": 3}
