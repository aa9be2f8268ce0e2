"""Pictures of the page and the console at work, in light and dark, narrow and wide."""

from __future__ import annotations

import argparse
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from demo import AGENT, PROMPTS, example, free_port, seed, started
from driving import IDLE, ROOT, ask, press, press_part, seen

from chatkit_agent.evidence.run.browser import (
    HOW_TO_GET_ONE,
    Browser,
    Page,
    browsing,
    find_browser,
)
from chatkit_agent.sandbox.model import OfflineModel, Reply, ToolCall

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDE, NARROW, NARROWEST = (1280, 800), (390, 760), (320, 640)
SCHEMES = (("light", False), ("dark", True))
CODE = """\
Put this into a file and run it every morning; it prints what is still open:

```python
import httpx

def open_tasks(token: str) -> list[str]:
    \"\"\"The titles of what is still to be done.\"\"\"
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get("https://tasks.example.com/tasks", headers=headers)
    return [task["title"] for task in answer.json() if not task["done"]]
```

| Task | Due |
| --- | --- |
| buy milk | today |
| call the plumber | Friday |

1. **Milk** is the most urgent.
2. The plumber answers the phone [until five](https://example.com/plumber).
"""


# Those that README and docs show.
SHOWN = {
    "console-model-dark",
    "console-tools-light",
    "console-wire-dark",
    "console-wire-light",
    "page-approval-light",
    "page-conversation-dark",
    "page-conversation-light",
    "page-conversation-light-390",
    "page-history-dark-390",
    "page-offline-light",
    "page-sign-in-light",
}


class Shots:
    def __init__(self, folder: Path, kind: str, *, every: bool) -> None:
        self._folder, self._kind, self._every = folder, kind, every
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, page: Page, name: str) -> None:
        if not self._every and name not in SHOWN:
            return
        page.wait(0.4)
        quality = {} if self._kind == "png" else {"quality": 80}
        taken = page.command("Page.captureScreenshot", {"format": self._kind, **quality})
        image = b64decode(taken["data"])
        (self._folder / f"{name}.{self._kind}").write_bytes(image)
        print(f"{name}.{self._kind}  {len(image) / 1000:.0f} kB")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", nargs="?", type=Path, default=IMAGES)
    arguments.add_argument("--kind", choices=("webp", "png"), default="webp")
    arguments.add_argument("--every", action="store_true", help="those that no document shows, too")
    given = arguments.parse_args()
    executable = find_browser()
    if executable is None:
        print(f"There is no Chromium here. {HOW_TO_GET_ONE}")
        return 1
    shots = Shots(given.folder, given.kind, every=given.every)
    with ExitStack() as opened, example(opened, "--no-verify") as (project, variables):
        if project is None:
            return 1
        with browsing(executable) as browser:
            with pages(project, variables) as (url, model):
                for scheme, dark in SCHEMES:
                    page_shots(shots, browser, url, model, scheme, dark)
            with consoles(project, variables) as url:
                for scheme, dark in SCHEMES:
                    console_shots(shots, browser, url, scheme, dark)
    return 0


@contextmanager
def pages(project: Path, variables: dict[str, str]) -> Iterator[tuple[str, OfflineModel]]:
    """The application itself, with a model that can be told what to say."""
    port = int(variables["API_PORT"])
    command = [sys.executable, "-m", "uvicorn", "taskflow.main:app", "--port", str(port)]
    with OfflineModel(seconds_per_word=0.01) as model:
        own = {**variables, "OPENAI_API_KEY": "sk-offline", "OPENAI_BASE_URL": model.url}
        with started([*command, "--log-level", "warning"], port, project, own):
            seed(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}/chat", model


@contextmanager
def consoles(project: Path, variables: dict[str, str]) -> Iterator[str]:
    port, api = free_port(), variables["API_PORT"]
    command = [str(AGENT), "dev", ".", "--python", sys.executable, "--port", str(port)]
    prompts = [part for prompt in PROMPTS for part in ("--prompt", prompt)]
    with started([*command, "--app-port", api, *prompts, "--no-open"], port, project, variables):
        seed(f"http://127.0.0.1:{api}", f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"


def page_shots(
    shots: Shots, browser: Browser, url: str, model: OfflineModel, scheme: str, dark: bool
) -> None:
    page = browser.open(url, width=WIDE[0], height=WIDE[1], dark=dark)
    form = "document.querySelector('#sign-in:not([hidden])')"
    page.until(form)
    shots.take(page, f"page-sign-in-{scheme}")
    for name, text in (("username", "alice"), ("password", "alice-likes-lists")):
        page.evaluate(f"{form}.querySelector('[name={name}]').focus()")
        page.type(text)
    page.press_enter()
    page.until(f"{ROOT}.querySelector('textarea[part=input]')?.offsetHeight")
    shots.take(page, f"page-empty-{scheme}")
    ask(page, "Show my board")
    seen(page, "Your open tasks")
    model.script([Reply(calls=(ToolCall("list_tasks", {}),)), CODE])
    ask(page, "Which of these should I do first, and how can a script list them?")
    seen(page, "until five")
    shots.take(page, f"page-conversation-{scheme}")
    page.resize(*NARROW)
    shots.take(page, f"page-conversation-{scheme}-390")
    page.resize(*NARROWEST)
    shots.take(page, f"page-conversation-{scheme}-320")
    page.resize(*NARROW)
    press_part(page, ".history-toggle")
    page.wait(0.3)
    shots.take(page, f"page-history-{scheme}-390")
    press_part(page, ".history-toggle")
    page.resize(*WIDE)
    press_part(page, ".compose")
    model.behave(seconds_per_word=0.5, times=1)
    model.script([CODE])
    ask(page, "How can a script list my tasks?", wait=False)
    page.until(f"{ROOT}.querySelector('.send.stop')")
    page.wait(3)
    shots.take(page, f"page-streaming-{scheme}")
    press_part(page, ".send.stop")
    page.until(IDLE)
    model.behave(status=500, times=9)
    ask(page, "And now?")
    shots.take(page, f"page-model-away-{scheme}")
    model.behave()
    ask(page, "Delete task 2")
    shots.take(page, f"page-approval-{scheme}")
    press(page, "Decline")
    page.until(IDLE)
    page.command("Network.emulateNetworkConditions", OFFLINE)
    ask(page, "Are you there?", wait=False)
    page.wait(2)
    shots.take(page, f"page-offline-{scheme}")


OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}


def console_shots(shots: Shots, browser: Browser, url: str, scheme: str, dark: bool) -> None:
    page = browser.open(url, width=1440, height=860, dark=dark)
    page.until(f"{ROOT}.querySelectorAll('.prompt').length === 4")
    shots.take(page, f"console-empty-{scheme}")
    press(page, "Which tasks do I have?")
    seen(page, "buy milk")
    ask(page, "Delete task 2")
    page.wait(1.5)
    page.evaluate("document.querySelectorAll('.wire > summary')[1]?.click()")
    shots.take(page, f"console-wire-{scheme}")
    for tab in ("model", "tools", "rows"):
        page.evaluate(f"document.querySelector('#tab-{tab}').click()")
        page.wait(1)
        first = f"document.querySelectorAll('.{tab.rstrip('s')} > summary, .stored > summary')[1]"
        page.evaluate(f"{first}?.click()")
        if tab == "tools":
            page.evaluate("document.querySelector('#pane .action').click()")
            page.wait(1.5)
        shots.take(page, f"console-{tab}-{scheme}")
    page.resize(*NARROWEST)
    for tab in ("wire", "model", "tools", "checks", "rows"):
        page.evaluate(f"document.querySelector('#tab-{tab}').click()")
        page.wait(0.5)
        shots.take(page, f"console-{tab}-{scheme}-320")


if __name__ == "__main__":
    sys.exit(main())
