from fastapi import FastAPI

app = FastAPI()


@app.get("/books")
def books() -> list[str]:
    return ["The Dispossessed"]
