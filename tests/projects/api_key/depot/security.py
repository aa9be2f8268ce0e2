import os
import secrets

from fastapi import HTTPException, Security
from fastapi.security import APIKeyHeader

API_KEY = os.environ.get("DEPOT_API_KEY", "")
key_header = APIKeyHeader(name="X-API-Key", auto_error=False)


def verify_api_key(key: str | None = Security(key_header)) -> str:
    if not key or not API_KEY or not secrets.compare_digest(key, API_KEY):
        raise HTTPException(403, "This key opens nothing.")
    return key
