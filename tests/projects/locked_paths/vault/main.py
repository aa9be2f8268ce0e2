from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

KNOWN = {"/doors", "/docs", "/openapi.json"}

app = FastAPI()


@app.middleware("http")
async def only_known_paths(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    if request.url.path not in KNOWN:
        return JSONResponse({"detail": "locked"}, 401)
    return await call_next(request)


@app.get("/doors", tags=["doors"])
def doors() -> list[str]:
    return ["front"]
