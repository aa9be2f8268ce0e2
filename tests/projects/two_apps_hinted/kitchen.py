from fastapi import FastAPI

app = FastAPI(title="Kitchen")


@app.get("/stock", tags=["stock"])
def stock() -> dict[str, int]:
    return {"onions": 4}
