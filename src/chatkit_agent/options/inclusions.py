"""Inclusions: what a project's requirements lead to, looked at before an installer follows them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from chatkit_agent.errors import CannotBoot
from chatkit_agent.project.detectors.packaging import SIDE_REQUIREMENTS
from chatkit_agent.project.source.toml_tables import tables_in

LISTED = re.compile(r"^\s*(?:-r|-c|--requirements?|--constraints?)(?:\s+|=|(?=[^\s=-]))(\S+)", re.M)
LARGEST = 512 * 1024
BUILT = re.compile(
    r"^\s*(?:-e|--editable)(?:\s+|=)([^\s\[]+)|@\s*file:(?://)?([^\s\"'#;]+)|^\s*(\.{1,2}/[^\s\[]*)",
    re.M,
)


def refuse_outside(declared: Path) -> None:
    """Installers read, build and ask an index for whatever these lines name.

    Raises:
        CannotBoot: one leads out of the repository, to another host, or where a variable says.
    """
    top = _repository(declared)
    queue = [declared.resolve()]
    for named in _sources_of_uv(declared):
        _inside(named, declared, top)
    for file in queue:
        text = _text(file)
        for name in LISTED.findall(text):
            path = _inside(name, file, top)
            queue += [path] if path.is_file() and path not in queue else []
        for name in _built_by(text):
            _inside(name, file, top)


def widest_list(declared: Path) -> Path:
    """The list of requirements beside it that takes this one in, such as `prod.txt` of `base.txt`.

    That is what is installed where the application runs.
    """
    beside = (each for each in declared.parent.glob(f"*{declared.suffix}") if each.is_file())
    lists = [each for each in beside if each.stat().st_size <= LARGEST]
    main = sorted(each for each in lists if not SIDE_REQUIREMENTS.search(each.name))
    taken_in = [declared]
    for inner in taken_in:
        taken_in += [each for each in main if each not in taken_in and inner in _lists_in(each)]
    return taken_in[-1]


def _lists_in(file: Path) -> list[Path]:
    return [Path(os.path.normpath(file.parent / name)) for name in LISTED.findall(_text(file))]


def _built_by(text: str) -> Iterator[str]:
    return (next(filter(None, names)) for names in BUILT.findall(text))


def _sources_of_uv(declared: Path) -> Iterator[str]:
    """The folders and files that uv would take packages from instead of an index."""
    if declared.name != "pyproject.toml":
        return
    tables, _ = tables_in(_text(declared))
    tool = tables.get("tool")
    uv = tool.get("uv") if isinstance(tool, dict) else None
    sources = uv.get("sources") if isinstance(uv, dict) else None
    for given in sources.values() if isinstance(sources, dict) else ():
        for each in given if isinstance(given, list) else [given]:
            if isinstance(each, dict) and isinstance(each.get("path"), str):
                yield each["path"]


def _inside(name: str, file: Path, top: Path) -> Path:
    path = (file.parent / name).resolve()
    if "$" in name or "://" in name or not path.is_relative_to(top):
        raise CannotBoot(
            f"`{file.name}` leads out of the project, to `{name}`, which is not read. Create the "
            "project's environment yourself, and name its interpreter with --python PATH."
        )
    return path


def _repository(declared: Path) -> Path:
    within = (each for each in declared.resolve().parents if (each / ".git").exists())
    return next(within, declared.resolve().parent)


def _text(file: Path) -> str:
    content = file.read_bytes()
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.decode("utf-16" if is_wide else "utf-8", errors="replace")
