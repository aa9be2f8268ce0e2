"""Configuration: texts of environments and of settings, with the names and without the values."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from chatkit_agent.frontends.assistant.literals import ABOUT, HIDDEN, PLAIN

PRIVATE_KEY = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)"
)
EXAMPLE = re.compile(r"example|sample|template|dist$|defaults?$", re.IGNORECASE)
CODE = re.compile(r".*\.(?:pyi?|m?js|tsx?|jsx|md|rst|html|css|sql|ya?ml)")
ENV_WORDS = {"env", "envrc", "dotenv", "flaskenv"}
CONFIGURATION = re.compile(
    r".*\.(?:json|ya?ml|toml|ini|cfg|conf|config|cnf|properties|xml|txt|tfvars|tfstate|env|bak|old"
    r"|orig|local|log|service|hcl|tf|j2|curlrc)"
)
NAME = (
    r"(?<![\w./:@-])[\w./:@-]{0,60}(?:secret|token|passw|passphrase|pwd|api_?-?key|access_?-?key|private_?key"
    r"|preshared_?key|(?<![a-z])pass(?![a-z])|(?:sign(?:ing)?|crypt(?:ion)?|master|session)_?-?key"
    r"|key[-_]?data|auth(?!or)|credential|dsn|salt|pepper)[\w.-]{0,60}"
)
QUOTED = r"\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'"
# Up to the end of the value: in quotes, to the end of its line, or what stands there alone.
NAMED_SECRET = re.compile(
    rf"((?:^|[\s{{,;<\"'\[\ufeff])(?P<named>{NAME})[\"']?[ \t]*(?:[:=>](?!=)|=>)[ \t]*)"
    r"(?P<kind>(?:[&!][\w!-]+[ \t]+)*(?:(?:bearer|basic|token|digest|apikey)[ \t]+)?)"
    r"(?![ \t\r\n{\[|>&*]|[\"']?\$\{\{|[\"']?\$\{?\w+\}?[\"'\s]|(?:true|false)\b"
    r"|[\"']?(?:[\^~<>=!]+[ ]?\d|\d+\.\d))"
    rf"(?:\"\"\".{{0,9999}}?\"\"\"|'''.{{0,9999}}?'''|\\\"[^\"\n]*\\\"|{QUOTED}"
    r"|[^\s,;}<\"'\]][^,;}<\"'\n\]]*)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
# What stands below a name: lines of text, and members where the name says that they are secrets.
STRICT = NAME.replace("|auth(?!or)|", "|").replace("|salt|", "|")
HOLDS = r"(?:secrets?|credentials?|passwords?|tokens|api_?keys)"
BELOW = re.compile(
    rf"^(?P<indent>[ ]*)(?P<name>(?:- )?[\"']?(?:(?P<holds>{HOLDS})|{STRICT})[\"']?[ ]*:[ ]*"
    r"(?:[|>][-+\d]*|[&!]\S+)?[ ]*\n)"
    r"(?P<inner>(?:[ ]*\n|(?P=indent)(?:[ ]+\S|- ).*(?:\n|\Z))+)",
    re.IGNORECASE | re.MULTILINE,
)
INSIDE = re.compile(
    rf"(?P<indent>)(?P<name>(?:^|[\s{{,;\"'\[])(?:(?P<holds>{HOLDS})|{STRICT})[\"']?\]?\s*[:=]?\s*)"
    r"(?P<inner>\[[^\[\]]*\]|\{[^{}]*\}|(?<=\])\n(?:[^\[\n]+\n?)+)",
    re.IGNORECASE | re.MULTILINE,
)
SCALAR = re.compile(
    rf"(?P<key>(?:[\w.-]+|{QUOTED})\s*[:=](?=\s)\s*)|(?P<mark>^\s*- )|{QUOTED}"
    r"|[^\s,\[\]{}\"'#][^\n,\]}#]*",
    re.MULTILINE,
)
# A name and its value as two members of one thing.
PAIRS = re.compile(
    rf"(?P<before>\bname[\"']?[:=]\s*[\"']?{NAME}[\"']?,?\s*[\"']?value[\"']?[:=]\s*)(?:{QUOTED}|[^\s,}}]+)"
    rf"|(?P<start>\bvalue[\"']?[:=]\s*)(?:{QUOTED}|[^\s,}}]+)(?P<after>,?\s*[\"']?name[\"']?[:=]\s*[\"']?{NAME})",
    re.IGNORECASE,
)
REQUIREMENT = re.compile(r"[\w.\[\]-]+\s*[<>=~!^]+\s*\d.*")
KEY_PART = re.compile(r"(\"(?:d|p|q|dp|dq|qi|k)\"\s*:\s*)\"[^\"]*\"")


def is_env_file(path: Path) -> bool:
    """Whether it holds values of an environment, and is no example of one."""
    name = path.name.lower()
    words = set(re.split(r"[._~-]+", name))
    is_named = bool(words & ENV_WORDS) and not EXAMPLE.search(name)
    return is_named and not CODE.fullmatch(name)


def is_configuration(path: Path) -> bool:
    """Whether names in it stand for plain values, which may have no quotes."""
    name = path.name.lower()
    return CONFIGURATION.fullmatch(name) is not None or "." not in name.lstrip(".")


def without_secret_values(text: str) -> str:
    """A configuration file in which what has the name of a secret has no value."""
    text = re.sub(PRIVATE_KEY, HIDDEN, text, flags=re.DOTALL)
    if re.search(r"\bkind:\s*Secret\b", text):
        text = re.sub(
            r"^((?:stringD|d)ata:[ ]*\n)((?:[ ]+.*\n?)+)", _below, text, flags=re.MULTILINE
        )
    if '"kty"' in text:
        text = KEY_PART.sub(rf'\1"{HIDDEN}"', text)
    for each in (BELOW, INSIDE):
        text = each.sub(_without_inner, text)
    text = NAMED_SECRET.sub(_without_value, text)
    return PAIRS.sub(lambda m: f"{m['before'] or m['start']}{HIDDEN}{m['after'] or ''}", text)


def without_values(text: str) -> str:
    """An environment file with its names only."""
    # Lines of a key that stands there without quotes look like names.
    bare = re.sub(PRIVATE_KEY, "", text, flags=re.DOTALL)
    names = dotenv_values(stream=StringIO(bare), interpolate=False)
    return "".join(f"{name}={HIDDEN}\n" for name in names if re.fullmatch(r"[A-Za-z_]\w*", name))


def _without_value(found: re.Match[str]) -> str:
    is_about = ABOUT.search(found["named"])
    return found.group() if is_about else f"{found[1]}{found['kind']}{HIDDEN}"


def _below(found: re.Match[str]) -> str:
    return found[1] + _without_scalars(found[2])


def _without_inner(found: re.Match[str]) -> str:
    inner = found["inner"]
    is_map = re.search(r"^\s*(?:- )?[\w.\"'-]+\s*[:=](?:\s|$)|^\{", inner, re.MULTILINE)
    shown = inner if is_map and not found["holds"] else _without_scalars(inner)
    return f"{found['indent']}{found['name']}{shown}"


def _without_scalars(text: str) -> str:
    return SCALAR.sub(_without_scalar, text)


def _without_scalar(found: re.Match[str]) -> str:
    said = found.group().strip()
    bare = said.strip("\"'")
    is_plain = PLAIN.fullmatch(bare) or REQUIREMENT.fullmatch(bare) or said.startswith("-----")
    return found.group() if found["key"] or found["mark"] or is_plain else HIDDEN
