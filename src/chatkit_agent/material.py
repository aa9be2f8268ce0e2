"""Material: the delivered code and the skills, as an agent may read them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True)
class Material:
    """One text. `uri` names it for an agent; `place` is where it lies."""

    uri: str
    name: str
    description: str
    mime_type: str
    place: Path

    @property
    def text(self) -> str:
        return self.place.read_text(encoding="utf-8")


def material() -> tuple[Material, ...]:
    """Everything that there is to read, by folder and name."""
    return tuple(_delivered())


def _delivered() -> list[Material]:
    reference = Path(str(files("chatkit_agent"))) / "reference"
    found = [
        file
        for folder in ("chatkit_store", "services")
        for file in sorted((reference / folder).iterdir())
        if file.suffix in (".py", ".sql")
    ]
    return [
        Material(
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
