"""Material: the delivered code, the skills and the invocations, as an agent may read them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from chatkit_agent.guide import FIVE
from chatkit_agent.plugin.files import plugin_folder

MARKDOWN = "text/markdown"
VERBS = """\
Call inspect_project for `{path}` first, then plan_integration. Show me the plan. After I agree,
call apply_plan with its plan_id and report each check. Where something has to be done by hand, do
exactly that and plan again. get_guide has the code that matters, with `full` all of it."""
LOOK = """\
Look before you change anything: call diagnose for `{path}`, with the log and what I see. Name
the first cause with its evidence, and show me the smallest change that fixes it. Where diagnose
offers `fixes`, call apply_fixes after I agree. Check the fixed chat with verify_integration."""


@dataclass(frozen=True)
class Resource:
    """One text. `uri` names it for an agent; `place` is where it lies."""

    uri: str
    name: str
    description: str
    mime_type: str
    place: Path

    @property
    def text(self) -> str:
        return self.place.read_text(encoding="utf-8")


def resources() -> tuple[Resource, ...]:
    """Everything that there is to read, by folder and name."""
    return (*_guides(), *_skills())


@dataclass(frozen=True)
class Invocation:
    """One of the five things that the specialist is asked for."""

    name: str
    title: str
    request: str
    pattern: str
    how: str

    def text(self, path: str, details: str) -> str:
        more = f" {details.strip()}" if details.strip() else ""
        return f"{self.request}.{more}\n\n{self.pattern}\n\n{self.how.format(path=path)}"


def invocations() -> tuple[Invocation, ...]:
    return tuple(
        Invocation(
            each.name,
            each.title,
            each.invocation,
            each.pattern.format(path="/chatkit", schema="APP_chat", prefix="APP_CHATKIT_"),
            LOOK if each.name == "debug" else VERBS,
        )
        for each in FIVE
    )


def _skills() -> list[Resource]:
    folder = plugin_folder() / "skills"
    return [
        Resource(
            uri=f"chatkit-agent://skills/{path.relative_to(folder).as_posix()}",
            name=f"skills/{path.relative_to(folder).as_posix()}",
            description=_heading(path),
            mime_type=MARKDOWN,
            place=path,
        )
        for path in sorted(folder.rglob("*.md"))
    ]


def _heading(file: Path) -> str:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next((line.lstrip("# ") for line in lines if line.startswith("# ")), file.stem)


def _guides() -> list[Resource]:
    reference = Path(str(files("chatkit_agent"))) / "reference"
    found = [
        file
        for folder in ("chatkit_store", "chatkit_runtime", "services")
        for file in sorted((reference / folder).iterdir())
        if file.suffix in (".py", ".sql")
    ]
    return [
        Resource(
            uri=f"chatkit-agent://reference/{file.parent.name}/{file.name}",
            name=f"{file.parent.name}/{file.name}",
            description=_first_line(file),
            mime_type="text/x-python" if file.suffix == ".py" else "application/sql",
            place=file,
        )
        for file in found
    ]


def _first_line(file: Path) -> str:
    return file.read_text(encoding="utf-8").partition("\n")[0].strip('-" ')
