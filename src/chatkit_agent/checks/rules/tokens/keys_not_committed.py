"""The model's key is in no file that is committed or becomes part of an image."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import DEPLOYING, Evidence

KEY = re.compile(r"\b(?:sk-(?:proj-|ant-|or-|svcacct-)?|gsk_|xai-|AIza|pplx-|nvapi-)[\w-]{20,}")
PARTS = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"\d"))
NO_KEY = re.compile(r"your|example|placeholder|x{4,}|0{4,}|1234|change|test|dummy|fake", re.I)


@check("CK309", needs=PROJECT, symptoms=("leaks",))
def keys_not_committed(evidence: Evidence) -> Iterator[Finding]:
    """Looked at are a deployment file, the chat's source or its page, an example, or an environment
    file that git has. What has the form of a real key is found, and not shown.
    """
    sources, files = evidence.sources, evidence.chat.code.files
    written = sources.tree.glob(*DEPLOYING) if evidence.has_chat else ()
    examples = {each.path for each in evidence.project.env_files if each.is_example}
    pages = {each.path for each in evidence.front_end.chats}
    for path in sorted({*written, *files, *examples, *pages, *evidence.committed}):
        for number, line in enumerate(sources.text(path).splitlines(), 1):
            if any(_is_real(found[0]) for found in KEY.finditer(line)):
                yield _finding(f"{path}:{number}")


def _is_real(key: str) -> bool:
    """Keys are random: they have letters of both cases and digits, and no words for people."""
    return all(part.search(key[6:]) for part in PARTS) and not NO_KEY.search(key)


def _finding(where: str) -> Finding:
    return Finding(
        what="A key of the model is in the repository: whoever can read that, or an image made of "
        "it, can use the key.",
        where=where,
        evidence="The line holds what has the form of a real key (not shown).",
        fix="Withdraw the key at the provider and make a new one. Keep it in `.env`, have that in "
        "`.gitignore` and `.dockerignore`, and take it out of git with `git rm --cached`.",
        cause="committed key",
    )
