"""The page loads the script that the chat's element comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.project.source.front_end import Page

HOSTED = "https://cdn.platform.openai.com/deployments/chatkit/chatkit.js"
PANEL = "/chat/static/chatkit-panel.js"
LOADS = {
    "hosted": re.compile(r"chatkit[\w./-]*\.js|cdn\.platform\.openai\.com"),
    "panel": re.compile(r"chatkit-panel[\w.-]*\.js"),
}
# A script whose address only running the page would tell.
OTHER = re.compile(
    r"createElement\(\s*[\"']script[\"']|<[Ss]cript[^>]*\bsrc=\{|<script[^>]*\bsrc=[\"']?\{\{"
)
OWN = re.compile(r"customElements\.define\(\s*[\"'](?:openai-chatkit|chatkit-panel)[\"']")


@check("CK621", needs=PROJECT, symptoms=("invisible",))
def page_loads_element(evidence: Evidence) -> Iterator[Finding]:
    """The page loads the script that the chat's element comes from; the packages of npm hold types
    and a wrapper only. Without it the place of the chat stays empty and nothing is said. Silent
    where any file of the front end loads it, or a script whose address is not written down.
    """
    pages = evidence.front_end.pages
    if any(OTHER.search(each.text) or OWN.search(each.text) for each in pages):
        return
    for kind, script in (("hosted", HOSTED), ("panel", PANEL)):
        shown = [each for each in pages if (each.is_hosted if kind == "hosted" else each.is_panel)]
        if shown and not any(LOADS[kind].search(each.text) for each in pages):
            yield _finding(shown[0], script)


def _finding(page: Page, script: str) -> Finding:
    return Finding(
        what="The place of the chat stays empty: nothing loads the script of its element.",
        where=page.where(0),
        evidence=f"`{page.path}` shows the element, and no file of the front end loads `{script}`.",
        fix=f'Add `<script type="module" src="{script}"></script>` to the page\'s head.',
        cause="page's script",
    )
