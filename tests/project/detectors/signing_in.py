"""What the tests of auth share: the head of a module that signs people in, and a route."""

from __future__ import annotations

from chatkit_agent.project.detectors.auth import find_auth
from chatkit_agent.project.facts import App, Auth
from chatkit_agent.project.source.sources import Sources

HEAD = """
from typing import Annotated, Any, Optional
from dataclasses import dataclass
from fastapi import Cookie, Depends, FastAPI, Header, HTTPException, Request, Security
from fastapi.security import HTTPBearer, OAuth2PasswordBearer
scheme = OAuth2PasswordBearer(tokenUrl="token")
@dataclass
class User:
    name: str
    id: int
"""
ROUTE = "\n@app.get('/me')\ndef me(user = Depends(get_current_user)): ...\n"


def find(made: Sources) -> Auth:
    return find_auth(made, App("app:app", "module", "app.py", "", "app.py", None, "app"))
