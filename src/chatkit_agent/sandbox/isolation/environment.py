"""Environment: what the application that is booted has of its owner's variables, decided once."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from chatkit_agent.sandbox.isolation.addresses import is_database_file, without_services
from chatkit_agent.sandbox.isolation.split_addresses import replaced_parts
from chatkit_agent.sandbox.isolation.substitutes import Substitutes

# Of this machine or its person: other servers, agents, sockets, proxies and files of credentials.
LEFT_OUT = re.compile(
    r"PG[A-Z]+|(?:https?|ftp|all|no|socks\d?|rsync)_proxy|grpc_proxy|SSH_\w+|GPG_\w+|DBUS_\w+|"
    r"DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_(?:RUNTIME_DIR|CONFIG_\w+|DATA_\w+|STATE_\w+|"
    r"CACHE_\w+)|DOCKER_\w+|CONTAINER_HOST|PODMAN_\w+|KUBECONFIG|KUBERNETES_\w+|NETRC|"
    r"AWS_(?:PROFILE|DEFAULT_PROFILE|CONFIG_FILE|SHARED_CREDENTIALS_FILE|CONTAINER_\w+|"
    r"WEB_IDENTITY_\w+|ROLE_ARN)|AZURE_CONFIG_DIR|CLOUDSDK_\w+|BOTO_CONFIG|VAULT_TOKEN|"
    r"GH_TOKEN|GITHUB_TOKEN|GITLAB_TOKEN|NPM_TOKEN|TWINE_\w+|UV_\w+|PIP_\w+|POETRY_\w+|"
    r"LD_PRELOAD|DYLD_INSERT_LIBRARIES",
    re.IGNORECASE,
)
PG = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")
CREDENTIAL = re.compile(
    r"(?:api_?keys?|access_?key(?:_?id)?|secret(?:_?key|_?access_?key)?|private_?key|"
    r"signing_?key|encryption_?key|(?:^|_)key|tokens?|password|passwd|passphrase|pwd|pw|pass|"
    r"credentials?|connection_?string)(?:_\d+|_?b64|_?base64)?$",
    re.IGNORECASE,
)
# Known by their shape, whatever the variable is called.
KEY = re.compile(
    r"(?:[srp]k_(?:live|test)_|sk-|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|AIza|SG\.)[\w.\-]{12,}"
)
IN_FILE = re.compile(r".+_file", re.IGNORECASE)
LARGEST_SECRET = 4096
SECRETS = ("/run/secrets", "/var/run/secrets")
PLAIN = re.compile(r"[+-]?[\d.]+|true|false|none|null|yes|no", re.IGNORECASE)
KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS"
# Where programs are is no place in the copy.
PLACES = {"PATH", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME"}
DATA = re.compile(
    r"^(?!PYTHON|LD_|DYLD_).*(?:dir|directory|folder|path|root|storage)$", re.IGNORECASE
)


def isolated(
    variables: Mapping[str, str],
    given: Substitutes,
    own: Collection[str] = (),
    beside: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The variables with nothing of the owner's, but for those named in `own`.

    `beside` are others that belong to them, such as those of an env file for an environment.
    """
    known = {**(beside or {}), **variables}
    held = _held_in_files(known, given)
    bases = {_base(name): text for name, text in held.items()}
    if not bases.keys() <= known.keys():
        inside = isolated({**bases, **variables}, given, own, beside)
        theirs = {
            name: value for name, value in inside.items() if name not in bases or name in known
        }
        return {**theirs, **_without_files(held, inside, given, own)}
    kept = {name: value for name, value in known.items() if name in own}
    parts = replaced_parts({k: v for k, v in known.items() if not _is_left_out(k)}, given, kept)
    found = dict(_pg(known, given, kept))
    for name, value in variables.items():
        if name in kept:
            found[name] = value
        elif name in parts:
            found[name] = parts.pop(name)
        elif not _is_left_out(name):
            found[name] = replaced(name, value, given)
    added = {name: value for name, value in parts.items() if name not in known}
    found.pop(KEY_FILE, None) if not _is_inside(found.get(KEY_FILE, ""), given) else None
    return {**added, **found}


def replaced(name: str, value: str, given: Substitutes) -> str:
    """One value without any of the owner's services and credentials."""
    structure = _json(value)
    if structure is not None:
        without = _walk(name, structure, given)
        return value if without == structure else json.dumps(without)
    changed = without_services(name, value, given)
    if changed != value:
        return changed
    if is_database_file(value):
        return given.file(value) or value
    if is_credential(name, value):
        return given.credential(value)
    if DATA.search(name) and (there := given.data(value)):
        return there
    return value if name in PLACES else in_copy(value, given)


def in_copy(value: str, given: Substitutes) -> str:
    """The value with paths into the project leading into its copy, where that has them."""
    root = re.escape(str(given.root))

    def moved(found: re.Match[str]) -> str:
        there = Path(str(given.copy) + found.group(1))
        return str(there) if there.exists() or not Path(found.group()).exists() else found.group()

    return re.sub(rf"(?<![\w./-]){root}((?:/[^:;,\s\"']*)?)(?=$|[:;,\s\"'])", moved, value)


def _held_in_files(known: Mapping[str, str], given: Substitutes) -> dict[str, str]:
    """What stands in the files that variables such as DB_PASSWORD_FILE name, by these."""
    found = {}
    for name, path in known.items():
        if not IN_FILE.fullmatch(name) or not Path(path).is_absolute():
            continue
        with suppress(OSError, ValueError):
            place = Path(path).resolve()
            # What a repository's own `.env` names elsewhere is not looked into.
            places = (given.root, *SECRETS)
            is_theirs = os.environ.get(name) == path or any(
                place.is_relative_to(each) for each in places
            )
            if is_theirs and place.is_file() and place.stat().st_size < LARGEST_SECRET:
                found[name] = place.read_text().strip()
    return found


def _without_files(
    held: Mapping[str, str], inside: Mapping[str, str], given: Substitutes, own: Collection[str]
) -> dict[str, str]:
    """Files of this run for those that hold what was replaced."""
    found = {}
    for variable, text in held.items():
        changed = inside.get(_base(variable), text)
        if changed != text and variable not in own:
            place = given.folder / "secrets" / variable
            place.parent.mkdir(exist_ok=True)
            place.write_text(changed)
            found[variable] = str(place)
    return found


def _base(variable: str) -> str:
    return variable[: -len("_file")]


def _pg(known: Mapping[str, str], given: Substitutes, kept: Mapping[str, str]) -> Mapping[str, str]:
    """What libpq reads leads to the lent database where any of it was set."""
    theirs = [name for name in (*PG, "PGSERVICE") if name in known]
    if not theirs or any(name in kept for name in theirs):
        return {}
    user = known.get("PGUSER") or "postgres"
    database = known.get("PGDATABASE") or user
    lender = given.lend(theirs[0], user, database)
    ours = (lender.host, str(lender.port), user, lender.password, database)
    return dict(zip(PG, ours, strict=True))


def _is_left_out(name: str) -> bool:
    return LEFT_OUT.fullmatch(name) is not None


def _json(value: str) -> Any:
    if value.strip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _walk(name: str, node: Any, given: Substitutes) -> Any:
    if isinstance(node, dict):
        names = {f"{name}.{key}": key for key in node}
        texts = {at: str(node[key]) for at, key in names.items() if _is_leaf(node[key])}
        parts = replaced_parts(texts, given, {})
        return {
            key: _like(node[key], parts[at]) if at in parts else _walk(at, node[key], given)
            for at, key in names.items()
        }
    if isinstance(node, list):
        return [_walk(name, each, given) for each in node]
    return replaced(name, node, given) if isinstance(node, str) else node


def _is_leaf(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _like(before: Any, text: str) -> Any:
    return int(text) if isinstance(before, int) and text.isdigit() else text


def is_credential(name: str, value: str) -> bool:
    return bool(KEY.fullmatch(value) or (CREDENTIAL.search(name) and _is_secret(value)))


def _is_secret(value: str) -> bool:
    if len(value) < 8 or len(value) > 2048 or PLAIN.fullmatch(value):
        return False
    return not re.search(r"\s|^\$|-----BEGIN|^[./~]", value)


def _is_inside(path: str, given: Substitutes) -> bool:
    return bool(path) and Path(path).is_relative_to(given.copy)
