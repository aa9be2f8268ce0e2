"""Which routes of the application are tools, and what its OpenAPI document says of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import fastapi.routing
from fastapi import FastAPI
from starlette.routing import Match

from .tool_schemas import definition

READING = "GET"
MOST_ROUTES = 40
# Where people sign in, and what watches over a server. Two words of a name count as one, too.
NEVER = {
    *("auth", "authenticate", "authorize", "oauth", "oauth2", "oidc", "saml", "sso", "jwt"),
    *("login", "logout", "signin", "signout", "signup", "register", "registration"),
    *("token", "tokens", "password", "passwords", "otp", "totp", "mfa", "2fa", "apikey", "apikeys"),
    *(
        "health",
        "healthy",
        "healthz",
        "healthcheck",
        "livez",
        "liveness",
        "readyz",
        "readiness",
        "ping",
    ),
    *("metrics", "webhook", "webhooks"),
}
TOKENS = {"access_token", "refresh_token", "id_token"}
METHODS = ("get", "post", "put", "patch", "delete")
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """A route as a tool. Its parameters stand beside each other, its body under `body`."""

    method: str
    path: str
    name: str
    unique_name: str
    title: str
    description: str
    parameters: Mapping[str, Schema]
    in_query: frozenset[str]
    required: tuple[str, ...]
    components: Schema
    endpoint: Any
    objection: str = ""
    """Why it is no tool, whoever asks for it."""
    is_deprecated: bool = False
    asks_who: bool = False
    """Its document says that it wants a credential."""

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_reading(self) -> bool:
        return self.method == READING

    def schema(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """For the model: without what is given by the person's own request."""
        return {
            "type": "object",
            "properties": {n: each for n, each in self.parameters.items() if n not in given},
            "required": [name for name in self.required if name not in given],
            "components": self.components,
        }


def chosen(
    app: FastAPI, wanted: Sequence[str], asks_first: bool, tell: Callable[[str], None]
) -> list[Operation]:
    """The routes of these labels, `GET` for all that read. Tells of what cannot be one."""
    every = {each.label: each for each in operations(app)}
    named = [" ".join(label.split()) for label in wanted if label.strip() != READING]
    for label in named:
        if problem := _problem(every.get(label), asks_first):
            tell(f"the tool {label}: {problem}")
    found = [each for label in named if not _problem(each := every.get(label), asks_first) and each]
    if any(label.strip() == READING for label in wanted):
        reading = [each for each in every.values() if _is_proposed(each) and each not in found]
        room = max(0, MOST_ROUTES - len(found))
        if len(reading) > room:
            left = ", ".join(each.label for each in reading[room:][:5])
            tell(f"{len(reading) - room} of the routes, such as {left}: name those that are wanted")
        found += reading[:room]
    return _with_names(found)


def operations(app: FastAPI) -> list[Operation]:
    """Every route that the document has, in the order in which they are matched."""
    document = app.openapi()
    paths = document.get("paths", {})
    return [
        _operation(document, route, route.path_format, method, paths[route.path_format])
        for route in routes_of(app)
        for method in METHODS
        if method.upper() in (getattr(route, "methods", None) or ())
        if method in paths.get(getattr(route, "path_format", None), {})
    ]


def routes_of(app: FastAPI) -> list[Any]:
    """Newer versions of FastAPI keep what a router includes within it."""
    flat: Callable[[Any], Iterator[Any]] = getattr(fastapi.routing, "iter_route_contexts", iter)
    return list(flat(app.routes))


def leads_to(app: FastAPI, method: str, path: str) -> Any:
    """The function that answers this; an id such as `export` may be another route's path."""
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for route in routes_of(app):
        if route.matches(scope)[0] is Match.FULL:
            return getattr(route, "endpoint", None)
    return None


def _problem(operation: Operation | None, asks_first: bool) -> str:
    if operation is None:
        return "there is no such route in the application's OpenAPI document"
    if not operation.is_reading and not asks_first:
        return "it writes, and nothing asks the person first: add the chat's approvals"
    return operation.objection


def _is_proposed(operation: Operation) -> bool:
    is_open = not operation.objection and not operation.is_deprecated
    # What stands at the root greets, unless it asks who is there.
    is_more = operation.path != "/" or operation.asks_who
    return operation.is_reading and is_open and is_more


def _with_names(found: list[Operation]) -> list[Operation]:
    alike = Counter(each.name for each in found)
    return [
        replace(each, name=each.unique_name) if alike[each.name] > 1 else each for each in found
    ]


def _operation(
    document: Schema, route: Any, path: str, method: str, item: Mapping[str, Any]
) -> Operation:
    known = item[method]
    parameters: dict[str, Schema] = {}
    required, in_query = [], set()
    for each in _definitions([*item.get("parameters", ()), *known.get("parameters", ())], document):
        name, place = str(each.get("name")), each.get("in")
        # Headers and cookies are those of the person's own request.
        if place in {"path", "query"} and name not in parameters:
            described = {"description": each["description"]} if "description" in each else {}
            parameters[name] = {**each.get("schema", {}), **described}
            in_query |= {name} if place == "query" else set()
            required += [name] if each.get("required") else []
    body = known.get("requestBody", {})
    json_body = _json(body.get("content", {}))
    if json_body is not None:
        parameters["body"] = json_body.get("schema", {})
        required += ["body"] if body.get("required") else []
    name = getattr(route, "name", "") or method
    return Operation(
        method.upper(),
        path,
        name,
        known.get("operationId") or f"{name} {path} {method}",
        known.get("summary") or name.replace("_", " ").capitalize(),
        known.get("description") or known.get("summary") or "",
        parameters,
        frozenset(in_query),
        tuple(required),
        document.get("components", {}),
        getattr(route, "endpoint", None),
        _objection(document, route, path, known),
        bool(known.get("deprecated")),
        bool(known.get("security")),
    )


def _objection(document: Schema, route: Any, path: str, known: Schema) -> str:
    module = getattr(getattr(route, "endpoint", None), "__module__", "") or ""
    answers = [
        each.get("content", {})
        for status, each in known.get("responses", {}).items()
        if str(status).startswith("2")
    ]
    body = known.get("requestBody", {}).get("content", {})
    if module.startswith(f"{__package__}."):
        return "it is the chat's own"
    if words(path) & NEVER or path in _token_urls(document):
        return "it signs people in, or is for whoever runs the server"
    if any(_has_token(each, document) for each in answers):
        return "it gives out tokens"
    if body and _json(body) is None:
        return "it takes a form or a file"
    if "204" not in known.get("responses", {}) and not any(map(_is_text, answers)):
        return "it answers with a file or a stream"
    return ""


def words(path: str) -> set[str]:
    """The words of a path, and each two that follow one another as one."""
    found: set[str] = set()
    for segment in path.split("/"):
        if not segment.startswith("{"):
            text = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", segment).lower()
            parts = re.findall(r"[a-z0-9]+", text)
            found |= {*parts, *(a + b for a, b in pairwise(parts))}
    return found


def _token_urls(document: Schema) -> set[str]:
    schemes = document.get("components", {}).get("securitySchemes", {}).values()
    flows = [flow for each in schemes for flow in each.get("flows", {}).values()]
    keys = ("tokenUrl", "refreshUrl", "authorizationUrl")
    return {"/" + str(flow[key]).lstrip("./") for flow in flows for key in keys if key in flow}


def _has_token(content: Mapping[str, Any], document: Schema) -> bool:
    schema = (_json(content) or {}).get("schema", {})
    return any(
        TOKENS & set(each.get("properties", {})) for each in _definitions([schema], document)
    )


def _json(content: Mapping[str, Any]) -> Any:
    kinds = (name for name in content if re.match(r"application/(.+\+)?json\b", name))
    return next((content[name] for name in kinds), None)


def _is_text(content: Mapping[str, Any]) -> bool:
    return _json(content) is not None or "text/plain" in content


def _definitions(nodes: Sequence[Any], document: Schema) -> Iterator[Schema]:
    for node in nodes:
        yield definition(node["$ref"], document) or {} if "$ref" in node else node
