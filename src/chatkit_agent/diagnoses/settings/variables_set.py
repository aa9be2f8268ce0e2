"""The variables without which the chat answers 503 are set where the application reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.findings import Finding
from chatkit_agent.observations import Observations, Setting

ENV_FILE = re.compile(r"(?:^|/)[\w.-]*\.?env(?:\.[\w.-]+)?$")
EXAMPLE = re.compile(r"example|sample|template|dist\b", re.IGNORECASE)


def variables_set(observations: Observations) -> Iterator[Finding]:
    """Whether it is set elsewhere, as on a server, only the person's words can tell."""
    is_told = bool(observations.symptoms & {"unavailable", "silent", "does_not_start"})
    for name in observations.required:
        if name in observations.environ:
            continue
        lines = list(observations.set_in_files(name))
        if lines:
            if not any(each.value.strip() for each in lines):
                yield _empty(name, lines[0], is_told)
            continue
        near = _near(observations, name)
        aside = _aside(observations, name) if is_told else None
        if near:
            yield _other_name(name, near, is_told)
        elif aside:
            yield _other_file(name, aside)
        elif is_told:
            yield _nowhere(observations, name)


def _empty(name: str, line: Setting, is_told: bool) -> Finding:
    return Finding(
        what=f"The chat answers 503: `{name}` is there and has no value.",
        where=line.where,
        evidence="Nothing stands behind the `=`, and the chat takes that as not set.",
        fix=f"Give `{name}` its value there, or set it where the application is started.",
        severity="error" if is_told else "warning",
        cause=f"unset:{name}",
        explains=("unavailable", "silent"),
    )


def _near(observations: Observations, name: str) -> Setting | None:
    """A variable of the chat that ends like the one that is read, and that nothing reads."""
    last = name.split("CHATKIT_")[-1].split("CHAT_")[-1]
    for each in observations.settings:
        is_chats = "CHAT" in each.name.upper() and each.name not in observations.required
        if is_chats and not each.is_example and each.name.endswith(last) and last != name:
            return each
    return None


def _aside(observations: Observations, name: str) -> str | None:
    """The place in an environment file that is not beside the application or above it."""
    read = {each.path for each in observations.project.env_files}
    for path in observations.sources.tree.paths:
        if path in read or not ENV_FILE.search(path) or EXAMPLE.search(path):
            continue
        for number, line in enumerate(observations.sources.text(path).splitlines(), 1):
            if re.match(rf"\s*(?:export\s+)?{name}\s*=\s*\S", line):
                return f"{path}:{number}"
    return None


def _other_name(name: str, near: Setting, is_told: bool) -> Finding:
    return Finding(
        what=f"The chat answers 503: it reads `{name}`, and what is set is `{near.name}`.",
        where=near.where,
        evidence=f"Nothing reads `{near.name}`, and `{name}` is set in no environment file.",
        fix=f"Rename it to `{name}`.",
        severity="error" if is_told else "warning",
        cause=f"unset:{name}",
        explains=("unavailable",),
    )


def _other_file(name: str, where: str) -> Finding:
    file = where.rpartition(":")[0]
    return Finding(
        what=f"The chat answers 503: `{name}` is set in `{file}`, which the application does not "
        "read.",
        where=where,
        evidence="Environment files are read beside the application and above it, and this one "
        "is neither.",
        fix="Move the line to the `.env` beside the application, or start it with that file "
        f"(`uvicorn --env-file {file}`).",
        cause=f"unset:{name}",
        explains=("unavailable",),
    )


def _nowhere(observations: Observations, name: str) -> Finding:
    files = [each.path for each in observations.project.env_files if not each.is_example]
    looked = ", ".join(f"`{each}`" for each in files) or "no environment file"
    return Finding(
        what=f"The chat answers 503 as long as `{name}` is not set.",
        where=files[0] if files else ".env",
        evidence=f"It is set neither in {looked} nor where this runs.",
        fix=f"Set `{name}` where the application is started.",
        cause=f"unset:{name}",
        explains=("unavailable", "silent"),
    )
