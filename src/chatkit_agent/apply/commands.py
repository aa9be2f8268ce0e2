"""Commands that lead from an added chat to its first answer, in the project's folder."""

from __future__ import annotations

import json
import posixpath
import shlex
from collections.abc import Iterator
from urllib.parse import urljoin

from chatkit_agent.options.options import Options
from chatkit_agent.project.facts import App, Credential

QUESTION = (
    '{"type":"threads.create","params":{"input":{"content":[{"type":"input_text",'
    '"text":"Hello"}],"attachments":[],"inference_options":{}}}}'
)
MINT = "import jwt, os, time; claims = {'sub': 'me', 'exp': int(time.time()) + 600}; "
READ = "import json, sys; print(json.load(sys.stdin)['{token}'])"
MINTED = (
    "A token for ten minutes, where the chat verifies tokens by a secret that is set in this "
    "shell. With public keys, take one from your provider."
)


def address(options: Options) -> str:
    return "http://localhost:8002" if options.is_sidecar else "http://localhost:8000"


def start_command(options: Options) -> str:
    app = options.served_by
    factory = " --factory" if app.kind == "factory" else ""
    start = f"uv run uvicorn {app.ref} --port 8002" if options.is_sidecar else f"uvicorn {app.ref}"
    return inside(folder_of(app.working_directory), f"{start}{_app_dir(app)}{factory}")


def _app_dir(app: App) -> str:
    """Where its modules are, beside the folder to start in: there are its env files and such."""
    if app.directory == app.working_directory:
        return ""
    below = posixpath.relpath(app.directory, app.working_directory or ".")
    return f" --app-dir {shlex.quote(below)}"


def health_command(options: Options) -> str:
    return f"curl {address(options)}{options.path}/health"


def question_commands(options: Options) -> Iterator[tuple[str, str]]:
    """How a token is had, where the chat asks for one, and a question; with what to expect."""
    yield from _token(options)
    sent = options.credential
    carried = "" if options.auth == "none" else _curl_option(sent)
    signed_in = ""
    if options.auth == "existing" and sent.place == "session":
        signed_in = " `SESSION` is the cookie's value that your browser has once you signed in."
    elif options.auth == "existing" and sent.place != "basic":
        signed_in = " `TOKEN` is what the application gave when you signed in."
    yield (
        f"curl -N {address(options)}{options.path}{carried} "
        f"-H \"Content-Type: application/json\" -d '{QUESTION}'",
        f"Lines with `data:` that arrive while the answer is written.{signed_in}",
    )


def _token(options: Options) -> Iterator[tuple[str, str]]:
    if options.auth == "jwt":
        secret = f"os.environ['{options.env_prefix}JWT_SECRET']"
        mint = f"{MINT}print(jwt.encode(claims, {secret}, 'HS256'))"
        yield f'export TOKEN=$(python -c "{mint}")', MINTED
    found = options.credential
    if options.auth == "existing" and found.sign_in:
        sent = '-d "username=NAME" -d "password=PASSWORD"'
        if found.sign_in.json_name:
            body = json.dumps({found.sign_in.json_name: "NAME", "password": "PASSWORD"})
            sent = f'-H "Content-Type: application/json" -d {shlex.quote(body)}'
        route = shlex.quote(urljoin(address(options), found.sign_in.path))
        asked = f"curl -s {route} {sent}"
        read = READ.format(token=found.sign_in.token)
        yield f'export TOKEN=$({asked} | python -c "{read}")', "A token, with your own name."


def _curl_option(credential: Credential) -> str:
    if credential.place == "cookie":
        return f' --cookie "{credential.name}=$TOKEN"'
    if credential.place == "session":
        return f' --cookie "{credential.name}=$SESSION"'
    if credential.place == "basic":
        return " --user NAME:PASSWORD"
    if credential.place == "query":
        return f'"?{credential.name}=$TOKEN"'
    return f' -H "{credential.name}: {f"{credential.scheme} $TOKEN".strip()}"'


def folder_of(path: str) -> str:
    return "" if path in ("", ".") else path


def inside(folder: str, command: str) -> str:
    return f"(cd {shlex.quote(folder)} && {command})" if folder else command
