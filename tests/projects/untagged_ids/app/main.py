from fastapi import FastAPI
from fastapi.routing import APIRoute


def unique_id(route: APIRoute) -> str:
    return f"{route.tags[0]}-{route.name}"


app: FastAPI = FastAPI(generate_unique_id_function=unique_id)


@app.get("/items", tags=["items"])
def read_items() -> list[str]:
    return []
