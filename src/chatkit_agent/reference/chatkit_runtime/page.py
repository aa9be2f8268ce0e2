"""The chat's page, from the application's own address: the files in `chatkit_page`."""

from __future__ import annotations

import gzip
import inspect
from functools import lru_cache
from pathlib import Path, PurePosixPath

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from .turn import TurnServer

FOLDER = "chatkit_page"
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
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}
READ = ["GET", "HEAD"]


def add_page(router: APIRouter, path: str, server: type[TurnServer]) -> None:
    """`GET {path}` and what it loads from `{path}/static/`. Nobody has to be signed in for it."""
    files = _files(server)

    @router.api_route(path, methods=READ, name="chatkit_page", include_in_schema=False)
    async def page(request: Request) -> Response:
        return await _file(files, "page.html", request)

    @router.api_route(f"{path}/static/{{name:path}}", methods=READ, include_in_schema=False)
    async def static(name: str, request: Request) -> Response:
        return await _file(files, name, request)


def _files(server: type[TurnServer]) -> StaticFiles:
    """The page that lies beside the chat's own server, and beside the runtime what is not there."""
    chats = [each for each in server.__mro__ if issubclass(each, TurnServer)]
    places = dict.fromkeys(Path(inspect.getfile(each)).parent.parent for each in chats)
    found = StaticFiles(check_dir=False)
    found.all_directories = [place / FOLDER for place in places if (place / FOLDER).is_dir()]
    return found


async def _file(files: StaticFiles, name: str, request: Request) -> Response:
    kind = TYPES.get(PurePosixPath(name).suffix)
    if kind is None:
        raise HTTPException(404)
    response = await files.get_response(name, request.scope)
    if isinstance(response, FileResponse):  # sent at once: a thread for each piece costs more
        known = {key: response.headers[key] for key in ("etag", "last-modified")}
        known["etag"] = f"W/{known['etag']}"  # the same, compressed or not
        if "gzip" in request.headers.get("accept-encoding", ""):
            known["content-encoding"] = "gzip"
            content = await run_in_threadpool(_gzip_of, str(response.path), known["etag"])
        else:
            content = await run_in_threadpool(Path(response.path).read_bytes)
        response = Response(content, headers=known)
    response.headers.update({**HEADERS, "Content-Type": kind})
    return response


@lru_cache(maxsize=64)
def _gzip_of(path: str, _etag: str) -> bytes:
    return gzip.compress(Path(path).read_bytes())
