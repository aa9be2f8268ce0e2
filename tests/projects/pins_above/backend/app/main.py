from fastapi import FastAPI

app = FastAPI(title="Quay")


@app.get("/berths")
def berths() -> list[str]:
    return ["north", "south"]
