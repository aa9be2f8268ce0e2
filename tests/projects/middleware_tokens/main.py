import os

import jwt
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

app = FastAPI()


@app.middleware("http")
async def signed_in(request: Request, call_next):
    if not request.url.path.startswith("/boats"):
        return await call_next(request)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        claims = jwt.decode(token, os.environ["HARBOUR_SECRET"], algorithms=["HS256"])
    except jwt.PyJWTError:
        return JSONResponse({"detail": "Sign in first."}, status_code=401)
    request.state.sailor = claims["sailor_id"] if "sailor_id" in claims else claims["sub"]
    return await call_next(request)


@app.get("/boats")
def boats(request: Request) -> dict[str, str]:
    return {"of": request.state.sailor}
