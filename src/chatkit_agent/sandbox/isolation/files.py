"""Files: what the copy of a project says of services in its environment and configuration files."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from dotenv import set_key, unset_key

from chatkit_agent.sandbox.isolation.addresses import (
    ADO_HOST,
    BOUND,
    HOST_PORT,
    NOT_CALLED,
    URL,
    WEB,
    without_services,
)
from chatkit_agent.sandbox.isolation.elements import without_elements
from chatkit_agent.sandbox.isolation.environment import is_credential, isolated
from chatkit_agent.sandbox.isolation.parts import SEVERAL, piece_of, replaced_parts
from chatkit_agent.sandbox.isolation.source import without_databases
from chatkit_agent.sandbox.isolation.substitutes import Substitutes

CONFIGURATION = {
    *(".ini", ".toml", ".yaml", ".yml", ".cfg", ".conf", ".cnf", ".properties"),
    *(".json", ".json5", ".jsonc", ".xml"),
}
# Source, and plain assignments by whatever name: `aws/credentials`, `settings.prod`, `vars.txt`.
PLAIN = re.compile(
    r"|\.(?:py|txt|local|dev|development|prod|production|stag(?:e|ing)|test|vars?|secrets?|docker)"
)
ASSIGNMENT = re.compile(r"(?:(?:export\s+)?[A-Za-z_][\w.\-]*\s*=(?!=).*|[#;].*|\[[^\]]*\])?")
PASSWORDS = re.compile(r"\.?pgpass(?:\.conf|\.txt)?")
PASSWORD = re.compile(r"(?m)^(?!\s*#)(?:(?:\\.|[^:\\\n])*:){3}(?P<user>(?:\\.|[^:\\\n])*):[^\r\n]*")
INTERPOLATED = re.compile(
    r"%\((?P<name>[\w.\-]+)\)s|\$\{(?:(?P<section>[\w.\-]+):)?(?P<key>[\w.\-]+)\}"
)
# Of tools, which the application does not read.
OF_TOOLS = re.compile(
    r"pyproject\.toml|.*lock(?:\.\w+)?|package.*\.json|tsconfig.*|(?:docker-)?compose.*|mkdocs.*|"
    r"\.pre-commit.*|setup\.cfg|tox\.ini|pytest\.ini|mypy\.ini|ruff\.toml|Pipfile",
    re.IGNORECASE,
)
NO_SETTINGS = {".git", ".github", ".chatkit-agent"}
LARGEST = 512 * 1024
# JSON with two members in a line, or a value below its name.
DENSE = re.compile(
    r"\"[ \t]*:[^\n]{0,200}?,[ \t]*\"[^\"\n]{1,80}\"[ \t]*:|\"[ \t]*:\s*\n|\\/|\A\{[^\n]|"
    r"[^\s{][ \t]*\}"
)
SECRETS = re.compile(r"secrets_dir\s*[=:]\s*[\"']([^\"'\n]+)[\"']")
SECTION = re.compile(r"\s*\[+\s*([^\]]+?)\s*\]+\s*(?:#.*)?$")
ASSIGNED = re.compile(
    r"(?P<before>\s*(?:- |export )?[\"']?(?P<key>[\w.\-]+)[\"']?\s*[:=]\s*(?P<quote>[\"']?))"
    r"(?P<value>[^\"'#\n]*?)(?P<after>(?P=quote)\s*,?\s*(?:#.*)?)$"
)
# `database: {host: db, user: me}` and the like, in one line.
INLINE = re.compile(r"(?<![\w.\-])(?P<key>[\w.\-]+)[\"']?\s*[:=]\s*\{(?P<inner>[^{}]*)\}")
PAIR = re.compile(
    r"(?<![\w.\-])([\"']?)([\w.\-]+)\1(\s*[:=]\s*)([\"']?)([^\"',{}]*?)\4(?=\s*(?:,|$))"
)

# `hosts: [one, two]`, also over several lines, and a line for each.
LIST = re.compile(r"(?<![\w.\-])(?P<key>[\w.\-]+)[\"']?\s*[:=]\s*\[(?P<inner>[^\[\]{}]*)\]")
BLOCK = re.compile(
    r"(?m)^ *(?:- )?[\"']?(?P<key>[\w.\-]+)[\"']?: *(?:#.*)?\r?\n"
    r"(?P<inner>(?: *- +(?!.*:\s)(?![\[{]).*(?:\n|\Z))+)"
)
ITEM = re.compile(r"(?<![^\s\"',])(?P<host>\w[\w.\-]*)(?P<port>:\d{2,5})?(?![^\s\"',])")


def isolate_env_files(
    files: Mapping[Path, Mapping[str, str]],
    given: Substitutes,
    own: Collection[str],
    beside: Mapping[str, str],
    encoding_of: Callable[[Path], str | None] = lambda _: "utf-8",
) -> None:
    """Rewrite each env file, of which the values are given, so that it names nothing of its
    owner's."""
    for path, before in files.items():
        after = isolated(before, given, own, {**beside, **before})
        encoding = encoding_of(path)
        for name, value in before.items():
            if name not in after:
                unset_key(path, name, encoding=encoding)
            elif after[name] != value:
                set_key(path, name, after[name], encoding=encoding)


def isolate_configuration(
    given: Substitutes, own: Collection[str], env_files: Collection[Path] = ()
) -> None:
    """The same in what else the application may read: configuration, secrets, and its source."""
    for path in texts_in(given.copy):
        text = content_of(path)
        if text is None or path in env_files:
            continue
        name = path.relative_to(given.copy).as_posix()
        changed = _isolated_text(path, name, text, given, own)
        if changed != text:
            path.write_bytes(changed.encode())
        for folder in SECRETS.findall(text) if path.suffix == ".py" else ():
            _secrets(folder, given, own)


def _isolated_text(
    path: Path, name: str, text: str, given: Substitutes, own: Collection[str]
) -> str:
    if path.suffix == ".py":
        return without_databases(name, text, given, own)
    if PASSWORDS.fullmatch(path.name):
        ours = given.lender.password
        return PASSWORD.sub(lambda found: f"*:*:*:{found['user']}:{ours}", text)
    lines = map(str.strip, text.splitlines())
    if path.suffix not in CONFIGURATION and not all(map(ASSIGNMENT.fullmatch, lines)):
        return text
    plain = _spread(text.removeprefix("\ufeff"), path.suffix)
    without = _configuration(name, plain, given)
    return text if without == plain else without


def secret_variables(given: Substitutes, own: Collection[str]) -> dict[str, str]:
    """What is in folders of secrets outside of the project, as variables, which win over files."""
    found: dict[str, str] = {}
    for path in given.copy.rglob("*.py"):
        for folder in SECRETS.findall(content_of(path) or ""):
            there = Path(folder)
            if there.is_absolute() and not there.is_relative_to(given.root) and there.is_dir():
                values = {
                    each.name: content_of(each) or "" for each in there.iterdir() if each.is_file()
                }
                stripped = {name: text.strip() for name, text in values.items()}
                found |= isolated(stripped, given, own)
    return found


def texts_in(copy: Path) -> Iterator[Path]:
    """The source, and what else the application may read its settings from."""
    for folder, folders, names in os.walk(copy):
        folders[:] = [each for each in folders if each not in NO_SETTINGS]
        for name in sorted(names):
            path = Path(folder, name)
            is_read = path.suffix in CONFIGURATION or PLAIN.fullmatch(path.suffix)
            if is_read and not OF_TOOLS.fullmatch(name) and not path.is_symlink():
                yield path


def content_of(path: Path) -> str | None:
    try:
        if path.stat().st_size > LARGEST:
            return None
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return None


def _spread(text: str, suffix: str) -> str:
    """JSON with a line for each value, where it was written otherwise; all else stays."""
    if suffix != ".json" or not DENSE.search(text):
        return text
    with suppress(ValueError, RecursionError):
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text


def _configuration(name: str, text: str, given: Substitutes) -> str:
    lines = text.splitlines(keepends=True)
    keys = dict(_keys(lines))
    lists = list(_lists(text, keys))
    listed = {number for _, match in lists for number in _lines_of(text, match)}
    found = {key: n for n, key in keys.items() if n not in listed and _has_value(lines[n])}
    values = {key: ASSIGNED.match(lines[n].rstrip("\r\n")) for key, n in found.items()}
    texts = {key: each["value"].strip() for key, each in values.items() if each}
    parts = replaced_parts({**_hosts(lists), **texts}, given, {})
    lines = _without_listed(name, text, lists, parts, given).splitlines(keepends=True)
    for key, number in found.items():
        match = values[key]
        if match is None:
            continue
        place, value = f"{name}:{number + 1}", match["value"]
        if INTERPOLATED.search(value):
            value = _with_references(place, key, value, texts, given)
        elif "://" not in value:
            value = parts.get(key) or _without(place, key, value, given)
        if value != match["value"]:
            ending = lines[number][len(lines[number].rstrip("\r\n")) :]
            lines[number] = f"{match['before']}{value}{match['after']}{ending}"
    for number, line in enumerate(lines):
        inline = INLINE.sub(lambda found: _inline(found, given), line)
        lines[number] = _line(f"{name}:{number + 1}", inline, given) if "://" in line else inline
    text = "".join(lines)
    return without_elements(text, given) if name.endswith(".xml") else text


def _with_references(
    place: str, key: str, value: str, known: Mapping[str, str], given: Substitutes
) -> str:
    """An address that refers to other values, where all of these are known."""
    section = key.rpartition(".")[0]

    def expanded(found: re.Match[str]) -> str:
        name = found["name"] or found["key"]
        for each in (found["section"] or section, "DEFAULT"):
            if f"{each}.{name}" in known:
                return known[f"{each}.{name}"]
        return found.group()

    whole = INTERPOLATED.sub(expanded, value)
    if "://" not in whole or INTERPOLATED.search(whole):
        return value
    mark = "%" if "%(" in value else "$"
    return without_services(place, whole, given).replace(mark, mark * 2)


def _without(place: str, key: str, value: str, given: Substitutes) -> str:
    if is_credential(key, value):
        return given.credential(value)
    if NOT_CALLED.search(key) or BOUND.search(key):
        return value
    is_service = "dbname=" in value or (";" in value and ADO_HOST.search(value))
    is_service = is_service or all(map(HOST_PORT.fullmatch, SEVERAL.split(value)))
    return without_services(place, value, given) if is_service else value


def _inline(found: re.Match[str], given: Substitutes) -> str:
    """The pairs within braces, as parts of what these are called."""
    known = {f"{found['key']}.{pair[2]}": pair[5] for pair in PAIR.finditer(found["inner"])}
    parts = replaced_parts(known, given, {})

    def changed(pair: re.Match[str]) -> str:
        at = f"{found['key']}.{pair[2]}"
        value = parts.get(at) or (
            given.credential(pair[5]) if is_credential(at, pair[5]) else pair[5]
        )
        return f"{pair[1]}{pair[2]}{pair[1]}{pair[3]}{pair[4]}{value}{pair[4]}"

    return found.group().replace(found["inner"], PAIR.sub(changed, found["inner"]))


def _line(place: str, line: str, given: Substitutes) -> str:
    def service(found: re.Match[str]) -> str:
        if WEB.fullmatch(found.group(1)):
            return found.group()
        return without_services(place, found.group(), given)

    return URL.sub(service, line)


def _lists(text: str, keys: Mapping[int, str]) -> Iterator[tuple[str, re.Match[str]]]:
    """Lists of plain values, in their order, by the names with those of what they stand in."""
    matches = [*LIST.finditer(text), *BLOCK.finditer(text)]
    for match in sorted(matches, key=lambda each: each.start()):
        known = keys.get(text.count("\n", 0, match.start("key")), "")
        yield known if known.endswith(match["key"]) else match["key"], match


def _lines_of(text: str, match: re.Match[str]) -> range:
    first = text.count("\n", 0, match.start("key"))
    return range(first, first + match.group().rstrip("\n").count("\n") + 1)


def _hosts(lists: Iterable[tuple[str, re.Match[str]]]) -> dict[str, str]:
    """The first of each list of hosts, for all of them."""
    found = {}
    for key, match in lists:
        piece, first = piece_of(key), ITEM.search(match["inner"])
        if piece and piece.part == "host" and first:
            found[key] = first["host"]
    return found


def _without_listed(
    name: str,
    text: str,
    lists: list[tuple[str, re.Match[str]]],
    parts: Mapping[str, str],
    given: Substitutes,
) -> str:
    """The same text, line by line, with other hosts in its lists."""
    for key, match in reversed(lists):
        place = f"{name}:{text.count(chr(10), 0, match.start('inner')) + 1}"

        def other(item: re.Match[str], key: str = key, place: str = place) -> str:
            line = item.string[item.string.rfind("\n", 0, item.start()) + 1 : item.start()]
            if "#" in line:
                return item.group()
            if key not in parts:
                return _without(place, key, item.group(), given)
            is_lent = parts[key] == given.lender.host
            port = f":{given.lender.port}" if is_lent and item["port"] else item["port"] or ""
            return f"{parts[key]}{port}"

        begin, end = match.span("inner")
        text = f"{text[:begin]}{ITEM.sub(other, match['inner'])}{text[end:]}"
    return text


def _has_value(line: str) -> bool:
    found = ASSIGNED.match(line.rstrip("\r\n"))
    return found is not None and found["value"].strip() not in ("", "{")


def _keys(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Each name's line, and the name with those of what it stands in."""
    section, above = "", [(-1, "")]
    for number, line in enumerate(lines):
        text = line.rstrip("\r\n")
        if found := SECTION.match(text):
            section, above = found[1].strip("\"' "), [(-1, "")]
            continue
        match = ASSIGNED.match(text) or re.match(r"(?P<before>\s*)[\"']?(?P<key>[\w.\-]+)", text)
        if match is None:
            continue
        indent = len(text) - len(text.lstrip())
        while above[-1][0] >= indent:
            above.pop()
        names = [section, *(name for _, name in above), match["key"]]
        yield number, ".".join(filter(None, names))
        above.append((indent, match["key"]))


def _secrets(folder: str, given: Substitutes, own: Collection[str]) -> None:
    """A folder of secrets in the copy: a file for each, with its name."""
    for base in (given.copy / given.cwd, given.copy):
        place = base / folder
        if Path(folder).is_absolute() or not place.is_dir():
            continue
        texts = {each: content_of(each) for each in place.iterdir() if each.is_file()}
        before = {each.name: text.strip() for each, text in texts.items() if text is not None}
        after = isolated(before, given, own)
        for name, text in before.items():
            if after.get(name, "") != text:
                (place / name).write_text(after.get(name, ""))
        return
