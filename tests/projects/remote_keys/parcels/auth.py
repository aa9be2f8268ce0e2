import httpx
import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from .config import settings

bearer = HTTPBearer()


class CurrentUser:
    def __init__(self, claims: dict):
        self.id: str = claims["sub"]


async def keys() -> list[dict]:
    url = f"{settings.sso_url}/api/auth/jwks"
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(url)).json()["keys"]
    except httpx.HTTPError as problem:
        raise HTTPException(503, f"Nobody can be signed in: {problem}") from problem


async def verified(token: str) -> dict:
    published = await keys()
    try:
        name = jwt.get_unverified_header(token).get("kid")
        key = next((each for each in published if each["kid"] == name), None)
        if key is None:
            raise HTTPException(401, "Unknown key")
        rsa_key = jwt.PyJWK(key).key
        return jwt.decode(token, rsa_key, algorithms=["RS256"])
    except jwt.PyJWTError as problem:
        raise HTTPException(401, "Sign in first") from problem


async def get_current_user(
    credentials: HTTPAuthorizationCredentials = Depends(bearer),
) -> CurrentUser:
    return CurrentUser(await verified(credentials.credentials))
