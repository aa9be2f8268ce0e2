"""Masking: what no model may see, in environment files, in the environment and wherever it is."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from dotenv import dotenv_values

HIDDEN = "[hidden]"
SKIPPED = {"node_modules", "site-packages", "__pycache__", ".git", ".venv", "venv"}
EXAMPLE = re.compile(r"example|sample|template|dist$|defaults?$", re.IGNORECASE)
SECRET_NAME = re.compile(
    r"SECRET|TOKEN|PASS|_PWD|KEY|CREDENTIAL|AUTH|DSN|SALT|PRIVATE", re.IGNORECASE
)
# Values that say nothing, and whose masking would make ordinary text unreadable.
PLAIN = re.compile(
    r"(?:true|false|yes|no|none|null|on|off|\d+(?:\.\d+)?|debug|info|warning|error"
    r"|dev(?:elopment)?|prod(?:uction)?|staging|test(?:ing)?|local(?:host)?|jwt|existing"
    r"|https?://(?:localhost|127\.0\.0\.1)(?::\d+)?(?:/[\w./-]*)?)",
    re.IGNORECASE,
)
LONG, SHORT = 8, 3
PRIVATE_KEY = r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
# Credentials that are known by their form, in whatever file they are.
FORMS = re.compile(
    r"(?P<kept>://[^/\s:@'\"]*:)[^/\s@'\"]+(?=@)"
    r"|(?P<scheme>\b[Bb]earer\s+)[\w.~+/-]{12,}=*"
    r"|(?P<name>\b\w*(?:secret|passw(?:or)?d|passwd|api_?key|token|private_?key)\w*[\"']?\s*[:=]\s*"
    r"[rbfu]{0,2}[\"'])(?![/{$<%]|https?:)[^\"'\n]{6,}(?=[\"'])"
    rf"|{PRIVATE_KEY}"
    r"|\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*"
    r"|\bsk-[\w-]{12,}|\b(?:sk|rk|pk|whsec)_(?:live_|test_)?\w{10,}"
    r"|\b(?:gh[opsur]|github_pat|glpat|npm|pypi|hf|xox[abeprs])[_-][\w-]{16,}"
    r"|(?P<aws>aws_?(?:secret_?access_?key|session_?token)[\"']?\s*[:=]\s*[\"']?)[\w/+=]{12,}"
    r"|\bA(?:KIA|SIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}",
    re.IGNORECASE | re.DOTALL,
)
# What stands before one in commands, headers, SQL, Kubernetes, notebooks and netrc.
BEFORE = re.compile(
    r"(?P<before>"
    r"\bauthorization[\"']?\s*[:,]?\s*[\"']?(?:basic|token|apikey|digest)\s+"
    r"|\bx-(?:api|auth)-(?:key|token)(?:[\"']\s*:\s*[\"']|:\s*)"
    r"|\bpassword\s+[\"']|\bidentified\s+by\s+[\"']|\blogin\s+\S+\s+password\s+"
    r"|(?:\s-u|--user)[\s=]+[\"']?[^\s:\"']+:"
    r"|\b(?:account|sharedaccess)key="
    r"|(?-i:\b[A-Z][A-Z0-9_]*(?:PASS(?:WORD|WD)?|PWD|SECRET|TOKEN|KEY)=)[\"']?"
    r"|\bname:\s*[\"']?\w*(?:password|secret|token|key)\w*[\"']?\s*\n\s*value:\s*[\"']?"
    r"|\b\w*(?:secret|password|passwd|api_?key|token)\w*[\"']?\s*[:=]\s*(?:\\[\"']|\(\s*[\"'])"
    r")(?![$<{%\[/]|change|your|example|replace|xxx|\.\.\.)[^\s\"'\\;,)(]{6,}",
    re.IGNORECASE,
)


CODE = re.compile(r".*\.(?:pyi?|m?js|tsx?|jsx|md|rst|html|css|sql|ya?ml)")
ENV_WORDS = {"env", "envrc", "dotenv"}
CONFIGURATION = re.compile(
    r".*\.(?:json|ya?ml|toml|ini|cfg|conf|config|cnf|properties|xml|txt|tfvars|tfstate|env|bak|old"
    r"|orig|local|log)"
)
# Up to the end of the value: in quotes, or what stands there without.
NAMED_SECRET = re.compile(
    r"((?:^|[\s{,;<\"'])[\w./:@-]*"
    r"(?:secret|token|passw|passphrase|pwd|api_?-?key|access_?-?key|private_?-?key|key[-_]?data|auth"
    r"|credential|dsn|salt)[\w.-]*[\"']?[ \t]*(?:[:=>]|=>)[ \t]*)(?![ \t\r\n{\[|>&*$])"
    r"(?:(?:bearer|basic|token|digest|apikey)[ \t]+)?"
    r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s,;}<\"']+)",
    re.IGNORECASE | re.MULTILINE,
)


class Secrets:
    """The secrets of one project and of this environment; texts without them."""

    def __init__(self, values: Iterable[str]) -> None:
        # The longest first, so that no part of a longer one is left.
        self._values = sorted({each for each in values if each}, key=len, reverse=True)

    @classmethod
    def of(cls, root: Path, environment: Mapping[str, str] = os.environ) -> Secrets:
        """What environment files in and just above `root` hold, and what this process was given."""
        values = {value for file in env_files(root) for value in _values(file)}
        for name, value in environment.items():
            if SECRET_NAME.search(name) and len(value) >= LONG:
                values |= set(_forms(name, value))
        return cls(values)

    def masked(self, text: str) -> str:
        for value in self._values:
            if len(value) >= LONG:
                text = text.replace(value, HIDDEN)
            else:
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, text)
        text = FORMS.sub(_mask, text)
        text = BEFORE.sub(lambda found: f"{found['before']}{HIDDEN}", text)
        for value in sorted(_secrets_in(text), key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        return text

    def masked_data(self, data: Any) -> Any:
        """The same for every text in what JSON can hold."""
        if isinstance(data, str):
            return self.masked(data)
        if isinstance(data, Mapping):
            return {self.masked(str(key)): self.masked_data(each) for key, each in data.items()}
        if isinstance(data, list | tuple):
            return [self.masked_data(each) for each in data]
        return data


@lru_cache(maxsize=1)
def _scanner() -> Callable[[str], set[str]] | None:
    """The scanner, which comes with what speaks with a model; without that no model is asked."""
    try:
        from chatkit_agent.frontends.assistant.scanning import secrets_in
    except ImportError:
        return None
    return secrets_in


def _secrets_in(text: str) -> set[str]:
    scanner = _scanner()
    return scanner(text) - {HIDDEN} if scanner else set()


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
    bare = re.sub(PRIVATE_KEY, HIDDEN, text, flags=re.DOTALL)
    return NAMED_SECRET.sub(lambda found: f"{found[1]}{HIDDEN}", bare)


def without_values(text: str) -> str:
    """An environment file with its names only."""
    # Lines of a key that stands there without quotes look like names.
    bare = re.sub(PRIVATE_KEY, "", text, flags=re.DOTALL)
    names = dotenv_values(stream=StringIO(bare), interpolate=False)
    return "".join(f"{name}={HIDDEN}\n" for name in names if re.fullmatch(r"[A-Za-z_]\w*", name))


def env_files(root: Path) -> Iterator[Path]:
    for above in (root, *root.parents):
        yield from (each for each in sorted(above.glob("*[eE][nN][vV]*")) if _is_readable_env(each))
        if (above / ".git").exists() or above == Path.home():
            break
    for folder, inner, names in os.walk(root):
        inner[:] = [each for each in inner if each not in SKIPPED]
        yield from (path for name in names if _is_readable_env(path := Path(folder, name)))


def _is_readable_env(path: Path) -> bool:
    return is_env_file(path) and path.is_file() and path.stat().st_size < 1_000_000


def _values(file: Path) -> Iterator[str]:
    try:
        found = dotenv_values(file, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    for name, value in found.items():
        if value:
            yield from _forms(name, value)


def _forms(name: str, value: str) -> Iterator[str]:
    """The value as it may be written elsewhere, and the secrets that are parts of it."""
    value = value.strip()
    least = SHORT if SECRET_NAME.search(name) else LONG
    if len(value) >= least and not PLAIN.fullmatch(value):
        yield from {value, quote(value, safe=""), value.replace("\n", "\\n")}
        yield from (line.strip() for line in value.splitlines() if len(line.strip()) >= LONG)
    try:
        password = urlsplit(value).password
    except ValueError:
        password = None
    if password and len(password) >= SHORT:
        yield from {password, unquote(password)}


def _mask(found: re.Match[str]) -> str:
    kept = found["kept"] or found["scheme"] or found["name"] or found["aws"] or ""
    return f"{kept}{HIDDEN}"
