"""What is the project's own in its page: its name, its routes, and how its people sign in."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import escape

from chatkit_agent.options.options import Options
from chatkit_agent.project.facts import BEARER, Credential
from chatkit_agent.project.read import Project

# What the browser sends by itself, once the application has signed somebody in.
BY_ITSELF = Credential("cookie", "")
# A route as `tokenUrl` names it; an address elsewhere is not asked, and the page may not.
ROUTE = re.compile(r"/?[A-Za-z0-9._~-]+(?:/[A-Za-z0-9._~-]+)*")
STATIC = "chat/static/"
TITLE = "<title>My application</title>"
USER_NAME = "User name"


def page_html(content: bytes, project: Project, options: Options) -> bytes:
    text = content.decode()
    assert text.count(TITLE) == text.count(f">{USER_NAME} <") == 1
    static = f"{posixpath.basename(options.page_path)}/static/"
    text = text.replace(TITLE, f"<title>{escape(options.app_name)}</title>")
    sign_in = carried(project, options).sign_in
    if sign_in:
        text = text.replace(f">{USER_NAME} <", f">{sign_in.asks_for} <")
    return text.replace(f'"{STATIC}', f'"{static}').encode()


def page_js(content: bytes, project: Project, options: Options) -> bytes:
    text = content.decode()
    for name, value in page_constants(project, options).items():
        old = re.compile(rf'^const {name} = ".*";$', re.MULTILINE)
        line = f"const {name} = {json.dumps(value)};"
        text, found = old.subn(lambda _, line=line: line, text)  # type: ignore[misc]
        assert found == 1, f"page.js has no line for {name}"
    return text.encode()


def page_constants(project: Project, options: Options) -> Mapping[str, str]:
    credential = carried(project, options)
    told = credential.sign_in
    sign_in = told if told and ROUTE.fullmatch(told.path) else None
    return {
        "CHAT": _from_static(options.path, options),
        "SIGN_IN": _from_static(sign_in.path, options) if sign_in else "",
        "SIGN_IN_NAME": sign_in.json_name if sign_in else "",
        "SIGN_IN_TOKEN": sign_in.token if sign_in else "access_token",
        "TOKEN_IN": credential.place,
        "TOKEN_NAME": credential.name,
        "TOKEN_SCHEME": credential.scheme,
        "ATTACHMENTS": "on" if "attachments" in options.features else "off",
        "DICTATION": "on" if "transcription" in options.features else "off",
    }


def _from_static(route: str, options: Options) -> str:
    """A route as seen from the page's files, so that a prefix before them all does no harm."""
    folder, _, name = f"/{route.lstrip('/')}".rpartition("/")
    return f"{posixpath.relpath(folder or '/', f'{options.page_path}/static')}/{name}"


def carried(project: Project, options: Options) -> Credential:
    """What the page sends to sign its user in."""
    if options.auth == "none":
        return BY_ITSELF
    read = list(_credentials(project, options))
    forms = [each for each in read if each.place == "header" and each.sign_in]
    if forms or not read:
        return forms[0] if forms else BEARER
    if any(each.place in ("cookie", "session", "basic") for each in read):
        return BY_ITSELF
    return read[0]


def _credentials(project: Project, options: Options) -> Iterator[Credential]:
    """What the chat reads of a request to know its user."""
    tokens = options.tokens
    if options.user is not None:
        yield from options.user.credentials
    elif tokens is not None and tokens.cookie:
        yield Credential("cookie", tokens.cookie)
    elif tokens is not None:
        known = project.auth.best.credentials if project.auth.best else ()
        sign_in = next((each.sign_in for each in known if each.sign_in), tokens.sign_in)
        yield replace(tokens.carried, sign_in=sign_in)
