"""The chat's page, from the application's own address: the files in `chatkit_page`."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.staticfiles import StaticFiles

FILES = StaticFiles(directory=Path(__file__).parent.parent / "chatkit_page", check_dir=False)
# Only these are served, by types of our own: what a machine takes a `.js` file for differs.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'self'",
    "object-src 'none'",
)
HEADERS = {
    "Cache-Control": "no-cache",  # asks each time, and is told by the ETag that nothing changed
    "Content-Security-Policy": "; ".join(POLICY),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
READ = ["GET", "HEAD"]


def add_page(router: APIRouter, path: str) -> None:
    """`GET {path}` and what it loads from `{path}/static/`. Nobody has to be signed in for it."""

    @router.api_route(path, methods=READ, name="chatkit_page", include_in_schema=False)
    async def page(request: Request) -> Response:
        return await _file("page.html", request)

    @router.api_route(f"{path}/static/{{name:path}}", methods=READ, include_in_schema=False)
    async def static(name: str, request: Request) -> Response:
        return await _file(name, request)


async def _file(name: str, request: Request) -> Response:
    kind = TYPES.get(PurePosixPath(name).suffix)
    if kind is None:
        raise HTTPException(404)
    response = await FILES.get_response(name, request.scope)
    response.headers.update({**HEADERS, "Content-Type": kind})
    return response
