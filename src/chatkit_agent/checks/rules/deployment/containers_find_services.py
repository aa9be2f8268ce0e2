"""In a compose file the chat's container finds its database and its tools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urlsplit

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.compose import Service, compose_files

ITSELF = ("localhost", "127.0.0.1", "::1", "0.0.0.0")
ADDRESS = re.compile(r"DATABASE|\bDB|_DB|POSTGRES|DSN|MCP")
USUAL = {"http": 80, "https": 443}


@check("CK807", needs=PROJECT, symptoms=("unavailable", "silent", "token_missing"))
def containers_find_services(evidence: Evidence) -> Iterator[Finding]:
    """`localhost` is the container itself, between containers the inner port counts, and the
    password is that of the database's service.
    """
    for path, services in compose_files(evidence.sources) if evidence.has_chat else ():
        for service in services:
            if "network_mode" in service.text:
                continue
            others = [each for each in services if each is not service]
            for name, value, line in service.variables():
                if _is_chats(evidence, name) and (url := _address(value)):
                    yield from _findings(name, url, f"{path}:{line}", service, others)


def _is_chats(evidence: Evidence, name: str) -> bool:
    is_read = name in evidence.required or bool(evidence.sources.holding(name.encode()))
    return ADDRESS.search(name) is not None and is_read


def _address(value: str) -> SplitResult | None:
    try:
        url = urlsplit(value)
        return url if url.hostname and url.port != 0 else None
    except ValueError:
        return None


def _findings(
    name: str, url: SplitResult, where: str, service: Service, others: list[Service]
) -> Iterator[Finding]:
    is_database = url.scheme.partition("+")[0] in ("postgresql", "postgres")
    port = url.port or (5432 if is_database else USUAL.get(url.scheme, 0))
    if url.hostname in ITSELF:
        meant = next((each for each in others if _serves(each, port, is_database)), None)
        if meant and not any(port in pair for pair in service.ports):
            evidence = f"In a container that host is the container of `{service.name}` itself, and "
            evidence += f"what is meant is the service `{meant.name}`."
            inner = next((i for o, i in meant.ports if o == port), 5432 if is_database else port)
            fix = f"Write `{meant.name}:{inner}` as its host and port."
            yield _finding(name, is_database, where, evidence, fix)
        return
    meant = next((each for each in others if each.name == url.hostname), None)
    if meant is None:
        return
    inside = next((inner for outer, inner in meant.ports if outer == port != inner), None)
    if inside and not any(port == i for _, i in meant.ports) and "expose" not in meant.text:
        evidence = f"{port} is the port of `{meant.name}` outside of the containers; between them "
        evidence += f"it is {inside}."
        yield _finding(name, is_database, where, evidence, f"Write `{meant.name}:{inside}`.")
    elif is_database and _differs(url, meant):
        evidence = f"Its password is not the `POSTGRES_PASSWORD` of the service `{meant.name}`."
        yield _finding(name, is_database, where, evidence, "Write the same one in both places.")


def _serves(service: Service, port: int, is_database: bool) -> bool:
    if is_database:
        is_usual = port == 5432 or any(port in pair for pair in service.ports)
        return service.is_postgres and is_usual
    return any(port in pair for pair in service.ports)


def _differs(url: SplitResult, database: Service) -> bool:
    given = {name: value for name, value, _ in database.variables()}
    password = given.get("POSTGRES_PASSWORD")
    is_its_user = unquote(url.username or "") == given.get("POSTGRES_USER", "postgres")
    is_written = "$" not in (url.password or "")
    return bool(password and url.password and is_its_user and is_written) and (
        unquote(url.password or "") != password
    )


def _finding(name: str, is_database: bool, where: str, evidence: str, fix: str) -> Finding:
    lost = "The chat answers 503" if is_database else "The chat has no tools"
    served = "its database" if is_database else "the server"
    return Finding(
        explains=("unavailable", "server_error", "does_not_start")
        if is_database
        else ("silent", "stream_error", "token_missing"),
        what=f"{lost}: in its container `{name}` does not lead to {served}.",
        where=where,
        evidence=evidence,
        fix=fix,
        cause=f"container:{name}",
    )
