from fastapi import FastAPI

app = FastAPI(title="Public")


@app.get("/menu", tags=["menu"])
def menu() -> list[str]:
    return ["soup"]
