from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def index():
    return {"hello": "world"}


@app.get("/add")
def add(a: int, b: int):
    return {"sum": a + b}
