from fastapi import FastAPI

app = FastAPI(title="Ferry")


@app.get("/crossings")
def crossings() -> list[str]:
    return ["08:10", "09:40"]
