from fastapi import FastAPI

from app.routers import notes

app = FastAPI(title="Notes")


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


app.include_router(notes.router)
