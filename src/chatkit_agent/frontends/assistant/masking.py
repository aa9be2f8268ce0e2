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

from chatkit_agent.frontends.assistant.configuration import (
    PRIVATE_KEY,
    is_configuration,
    is_env_file,
    without_secret_values,
    without_values,
)
from chatkit_agent.frontends.assistant.literals import HIDDEN, without_literals

SKIPPED = {"node_modules", "site-packages", "__pycache__", ".git", ".venv", "venv"}
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
# Credentials that are known by their form, in whatever file they are.
FORMS = re.compile(
    r"(?P<kept>://[^/\s:@'\"]*:)(?!\d{1,5}[/\s]|[${<%])[^\s'\"<>]{1,200}(?=@)"
    r"|(?P<user>://)[\w-]{16,}(?=@)"
    r"|(?P<scheme>\b[Bb]earer\s+)[\w.~+/-]{12,}=*"
    r"|(?P<name>\b\w{0,40}(?:secret|passw(?:or)?d|passwd|api_?key|token|private_?key)"
    r"(?!_?ur[li])\w{0,40}[\"']?\]?\s*"
    r"(?::\s*[\w.|\[\]][\w.|\[\], ]{0,60}=|:=|[:=])\s*"
    r"(?:[\w.]{0,40}(?:Secret|Field|field)\w{0,20}\()?(?:default=)?"
    r"[rbfu]{0,2}[\"'`])(?![/{$<%]|https?:|(?:bearer|basic|access|refresh)[\"'])"
    r"[^\"'`\n]{6,}(?=[\"'`])"
    rf"|{PRIVATE_KEY}"
    r"|\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*"
    r"|\bsk-[\w-]{12,}|\b(?:sk|rk|pk|whsec)_(?:live_|test_|(?=\w{0,40}\d))\w{10,}"
    r"|\b(?:gh[opsur]|github_pat|glpat|npm|pypi|hf|xox[abeprs])[_-][\w-]{16,}"
    r"|(?P<aws>aws_?(?:secret_?access_?key|session_?token)[\"']?\s*[:=]\s*[\"']?)[\w/+=]{12,}"
    r"|\bA(?:KIA|SIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}",
    re.IGNORECASE | re.DOTALL,
)
# Long and mixed, as nobody writes a word; said of files only, since it hides a hash as well.
RANDOM = re.compile(
    r"(?<![\w/+.@-])(?!sha\d+[-:])(?:(?=(?:[\w/+-]{0,40}?[A-Za-z]\d){3})(?=[\w/+-]{0,80}[a-z])(?=[\w/+-]{0,80}[A-Z])[\w/+-]{16,}={0,2}"
    r"|(?<![:-])[0-9a-f]{32,})(?![\w/+.-])"
)
# What stands before one in commands, headers, SQL, Kubernetes, notebooks and netrc.
BEFORE = re.compile(
    r"(?P<before>"
    r"\bauthorization[\"']?\s*[:,]?\s*[\"']?(?:basic|token|apikey|digest)\s+"
    r"|\bx-(?:api|auth)-(?:key|token)(?:[\"']\s*:\s*[\"']|:\s*)"
    r"|\bpassword\s+[\"']|\bidentified\s+by\s+[\"']|\blogin\s+\S+\s+password\s+"
    r"|(?:(?-i:\s-u)|--user)[\s=]+[\"']?[^\s:\"'$]+:"
    r"|\b(?:account|sharedaccess)key="
    r"|(?-i:\b[A-Z][A-Z0-9_]{0,60}(?:PASS(?:WORD|WD)?|PWD|SECRET|TOKEN|KEY)=)[\"']?"
    r"|\bname:\s*[\"']?\w*(?:password|secret|token|key)\w{0,40}[\"']?\s*\n\s*value:\s*[\"']?"
    r"|(?:--|^[ \t]*|[\s\"']--?)(?:requirepass|masterauth|passphrase|(?:api|access)-key"
    r"|(?<=--)(?:password|token|secret))(?:=|[\"']?,?[ \t]+[\"']?)"
    r"|\b(?:mysql|mariadb)\w*\b[^\n]{0,80}?\s[\"']?-p"
    r"|\b(?:redis-cli|login)\b[^\n]{0,80}?\s[\"']?-[ap][\"']?,?\s+[\"']?"
    r"|(?-i:\b(?:ENV|ARG|set -\w+)\s+\w{0,40}(?:PASS|PWD|SECRET|TOKEN|KEY)\w{0,40}\s+)[\"']?"
    r"|\$\{\w{0,40}(?:pass|pwd|secret|token|key)\w{0,40}:?-"
    r"|(?:[?&;]|[\"'](?:\w+=[^\s,]{1,80}\s+){0,6}|\s(?:\w+=[^\s,]{1,80}\s+){1,3})"
    r"(?:\w{0,20}(?:passw(?:or)?d|secret|token)|pwd|api_?key)=[\"']?|\b(?:password|passwd|passphrase)(?:\s+is|:)\s+[\"'`]?(?=[^\s()\[\]]{0,40}\d)"
    r"|\btype=[\"']password[\"'][^>\n]{0,80}value=[\"']|\b(?:key|name)=[\"']\w{0,40}(?:password|secret|token)\w*"
    r"[\"']\s+value=[\"']|\buser\s*=\s*[\"'][^\s:\"']+:"
    r"|\b\w{0,40}(?:secret|password|passwd|api_?key|token)\w{0,40}[\"']?\s*[:=]\s*(?:\\[\"']|\(\s*[\"'])"
    r")(?![$<{%\[/]|change|your|example|replace|xxx|\.\.\.)[^\s\"'\\;,)(]{6,}",
    re.IGNORECASE | re.MULTILINE,
)


class Secrets:
    """The secrets of one project and of this environment; texts without them."""

    def __init__(self, values: Iterable[str]) -> None:
        # The longest first, so that no part of a longer one is left.
        self._values = sorted({each for each in values if each}, key=len, reverse=True)

    @classmethod
    def of(
        cls,
        root: Path,
        environment: Mapping[str, str] = os.environ,
        env_file: Path | None = None,
    ) -> Secrets:
        """What environment files in and just above `root` hold, and what this process was given."""
        files = [*env_files(root), *([env_file] if env_file else [])]
        values = {value for file in files for value in _values(file)}
        for name, value in environment.items():
            if SECRET_NAME.search(name) and len(value) >= LONG:
                values |= set(_forms(name, value))
            values |= _passwords(value)
        return cls(values)

    def masked(self, text: str) -> str:
        for value in self._values:
            if len(value) >= LONG:
                text = text.replace(value, HIDDEN)
            else:
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, text)
        return without_known(text)

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


def without_known(text: str) -> str:
    """A text without the credentials that are known by their form, whosoever they are."""
    text = FORMS.sub(_mask, text)
    text = BEFORE.sub(lambda found: f"{found['before']}{HIDDEN}", text)
    for value in sorted(_secrets_in(text), key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text


def shown_of(file: Path, text: str) -> str:
    """What of a whole file may be seen; a part of it would not show what it is part of."""
    if is_env_file(file):
        return without_values(text)
    if file.suffix in {".py", ".pyi"}:
        text = without_literals(text)
    elif is_configuration(file):
        text = without_secret_values(text)
    return without_known(RANDOM.sub(HIDDEN, text))


def _secrets_in(text: str) -> set[str]:
    scanner = _scanner()
    return scanner(text) - {HIDDEN} if scanner else set()


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
        content = file.read_bytes()
    except OSError:
        return
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    found = dotenv_values(stream=StringIO(text), interpolate=False)
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
    yield from _passwords(value)


def _passwords(value: str) -> set[str]:
    """The one in a URL, and as it may be written elsewhere."""
    try:
        password = urlsplit(value).password
    except ValueError:
        password = None
    return {password, unquote(password)} if password and len(password) >= SHORT else set()


def _mask(found: re.Match[str]) -> str:
    named = ("kept", "user", "scheme", "name", "aws")
    kept = next((found[each] for each in named if found[each]), "")
    return f"{kept}{HIDDEN}"
