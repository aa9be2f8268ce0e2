from fastapi import FastAPI

app = FastAPI(title="Tides")


@app.get("/tides")
def tides():
    return ["high", "low"]
