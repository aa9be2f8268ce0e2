"""The page that shows the chat gives the client a domain key, and on a real domain a real one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, Severity, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.front_end import Page
from chatkit_agent.project.source.sources import Sources

# On a laptop any key will do; these are the ones that the samples have.
PLACEHOLDER = r"[\"'`]?domain_pk_local\w*[\"'`]?"
WRITTEN = re.compile(rf"\bdomainKey\s*[:=]\s*(?:{PLACEHOLDER}|(?P<name>\w+))(?=\s*[,;}}\n])")
CONSTANT = re.compile(rf"\bconst\s+(?P<name>\w+)[^=\n]*=\s*{PLACEHOLDER}\s*(?:;|\n|$)")
CHOOSES = re.compile(r"\bhostname\b|\bNODE_ENV\b|\bimport\.meta\.env\.(?:DEV|PROD|MODE)\b")
PRODUCTION = re.compile(
    r"(?:^|/)(?:\.env[\w.-]*prod[\w.-]*|[\w.-]*prod[\w.-]*\.env"
    r"|(?:docker-)?compose[\w.-]*prod[\w.-]*\.ya?ml)$"
)
EXAMPLE = re.compile(r"example|sample|template", re.IGNORECASE)
SET = re.compile(
    rf"^[ \t-]*(?:export )?(?P<name>\w*DOMAIN_?KEY\w*)\s*[=:]\s*{PLACEHOLDER}\s*$", re.M
)
IN_IMAGE = re.compile(rf"^\s*ENV\s+(?P<name>\w*DOMAIN_?KEY\w*)[= ]{PLACEHOLDER}\s*$", re.M)


@check("CK711", needs=PROJECT, severity="warning", symptoms=("invisible",))
def domain_key_set(evidence: Evidence) -> Iterator[Finding]:
    """The page that shows the chat gives the client a domain key, without which it does not
    appear on a real domain. The placeholder of a laptop is found where production is
    configured; where it is written down in the page it is an info, until somebody says that
    the chat does not appear.
    """
    sources = evidence.sources
    for page in evidence.front_end.chats:
        yield from _without_key(page) if page.is_hosted else ()
    yield from _for_production(sources)
    is_told = "invisible" in evidence.symptoms
    hosted = [each for each in evidence.front_end.chats if each.is_hosted]
    constants = {
        found["name"] for each in evidence.front_end.pages for found in CONSTANT.finditer(each.text)
    }
    yield from _hard_coded(hosted, constants, "warning" if is_told else "info")


def _without_key(page: Page) -> Iterator[Finding]:
    for api in page.apis():
        # Hosted ChatKit has `getClientSecret` in the place of a URL, and needs no key.
        is_known = not any(name.startswith("...") for name in api)
        if is_known and "url" in api and "domainKey" not in api:
            yield Finding(
                what="The chat does not appear on a real domain: the client needs a domain "
                "key there, and asks for one everywhere.",
                where=page.where(api["url"].place),
                evidence="`api` has a `url` and no `domainKey`.",
                fix="Add `domainKey`: `domain_pk_localhost_dev` on a laptop, and the key that "
                "the provider gives for your domain.",
                cause="domain key",
            )


def _for_production(sources: Sources) -> Iterator[Finding]:
    """What is set where nothing but the real domain is meant."""
    for path in sources.tree.paths:
        name = path.rpartition("/")[2]
        pattern = IN_IMAGE if name.startswith("Dockerfile") else SET
        is_meant = pattern is IN_IMAGE or PRODUCTION.search(path)
        if is_meant and not EXAMPLE.search(name):
            text = sources.text(path)
            for found in pattern.finditer(text):
                yield _placeholder(
                    _where(path, text, found.start("name")),
                    f"`{found['name']}` is the placeholder of a laptop in what production reads.",
                    f"Set `{found['name']}` to the key that the provider gives for your domain.",
                    "warning",
                )


def _hard_coded(pages: list[Page], constants: set[str], severity: Severity) -> Iterator[Finding]:
    for page in pages:
        if CHOOSES.search(page.text):
            continue
        for found in WRITTEN.finditer(page.text):
            if found["name"] is None or found["name"] in constants:
                yield _placeholder(
                    page.where(found.start()),
                    f"`{' '.join(found[0].split())}` is written down, and no variable replaces it.",
                    "Read the key from a variable of the build, with the placeholder as its "
                    "default, and set it to the key that the provider gives for your domain.",
                    severity,
                )


def _placeholder(where: str, evidence: str, fix: str, severity: Severity) -> Finding:
    return Finding(
        what="The chat does not appear on a real domain: the domain key is the placeholder that "
        "works on localhost only.",
        where=where,
        evidence=evidence,
        fix=fix,
        severity=severity,
        cause="domain key",
    )


def _where(path: str, text: str, place: int) -> str:
    return f"{path}:{text.count(chr(10), 0, place) + 1}"
