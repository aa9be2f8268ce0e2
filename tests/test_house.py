"""The house rules that readers rely on, held by reading the source and never importing it."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "chatkit_agent"
PACKAGE = "chatkit_agent"

# From the ground up: a folder imports only from rows above its own.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("project", "sandbox"),
    ("options",),
    ("edits",),
    ("plan",),
    ("apply",),
    ("evidence",),
    ("checks", "development", "guide"),
    ("plugin",),
    ("output",),
    ("api",),
    ("frontends",),
)
OPEN_TO_FRONT_ENDS = {"", "api", "errors", "output", "plugin"}
ISLANDS = (
    "reference",
    "development.application_script",
    "evidence.run.boot_fields",
    "evidence.run.boot_overrides",
    "evidence.run.boot_lacks",
    "evidence.run.boot_script",
    "sandbox.isolation.launcher",
    "sandbox.isolation.prelude",
)
FORBIDDEN_STEMS = {"utils", "helpers", "core", "common", "manager"}
SHADOWING_STEMS = {"inspect", "ast", "types", "mcp", "agents", "chatkit"}


@cache
def modules() -> tuple[tuple[str, Path], ...]:
    return tuple((_module_of(path), path) for path in sorted(SOURCE.rglob("*.py")))


def _module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def is_island(module: str) -> bool:
    return any(module == island or module.startswith(f"{island}.") for island in ISLANDS)


# Modules at the top, and the place that they belong to.
PARTS_OF = {"__main__": "frontends", "inspection": "api"}


def room_of(module: str) -> str:
    room = module.partition(".")[0]
    return PARTS_OF.get(room, room)


def row_of(module: str) -> int:
    for row, rooms in enumerate(LAYERS):
        if room_of(module) in rooms:
            return row
    raise AssertionError(f"{room_of(module)} has no place in LAYERS; give it one")


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Every module of ours that a file imports, as a name below the package."""
    return tuple(_imports_of(ast.parse(path.read_text())))


def _imports_of(tree: ast.Module) -> Iterator[str]:
    ours = {module for module, _ in modules()}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from _imported_from(node, ours)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == PACKAGE:
                    yield alias.name.removeprefix(PACKAGE).lstrip(".")


def _imported_from(node: ast.ImportFrom, ours: set[str]) -> Iterator[str]:
    base = node.module or ""
    if base.split(".")[0] != PACKAGE:
        return
    base = base.removeprefix(PACKAGE).lstrip(".")
    for alias in node.names:
        child = f"{base}.{alias.name}".lstrip(".")
        yield child if child in ours else base


MODULES = [pytest.param(module, path, id=module or "__init__") for module, path in modules()]


def arrows() -> dict[str, set[str]]:
    """What each module imports of ours, islands aside."""
    return {
        module: set(imports(path)) - {module}
        for module, path in modules()
        if module and not is_island(module)
    }


@pytest.mark.parametrize(("module", "path"), MODULES)
def test_imports_go_one_way(module: str, path: Path) -> None:
    if is_island(module):
        assert not list(imports(path)), "an island imports nothing of ours"
        return
    for name in imports(path):
        assert not is_island(name), f"nobody imports the island {name}"
        if room_of(name) != room_of(module):
            assert row_of(name) < row_of(module), f"{module} may not import {name}"


def test_no_modules_import_each_other() -> None:
    graph = arrows()
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as cycle:
        raise AssertionError(" -> ".join(cycle.args[1])) from None


def test_the_map_fits_into_a_head() -> None:
    """Places, floors and arrows between places."""
    rooms = {room_of(module) for module in arrows()}
    between = {
        (room_of(module), room_of(name))
        for module, names in arrows().items()
        for name in names
        if name and room_of(name) != room_of(module)
    }
    assert len(rooms) <= 20
    assert len(LAYERS) <= 12
    assert len(between) <= 80


def test_front_ends_use_the_api_only() -> None:
    for module, names in arrows().items():
        if room_of(module) == "frontends":
            outside = {room_of(name) for name in names if room_of(name) != "frontends"}
            assert outside <= OPEN_TO_FRONT_ENDS, f"{module} imports {outside}"


def test_documents_do_not_read() -> None:
    """What they show is given to them."""
    for module, path in modules():
        if room_of(module) == "output":
            taken = [
                alias.name
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            ]
            assert "read_project" not in taken, f"{module} reads a project"


def test_every_row_is_there() -> None:
    known = {room_of(module) for module, _ in modules()}
    for rooms in LAYERS:
        assert set(rooms) <= known


@pytest.mark.parametrize(("module", "path"), MODULES)
def test_a_file_says_its_idea_first(module: str, path: Path) -> None:
    text = path.read_text()
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "the first line says the idea in one sentence"


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="asks git which files are ours")
def test_no_file_is_long() -> None:
    """The list of changes aside, which only grows."""
    kinds = [f"*.{kind}" for kind in ("html", "md", "py", "sql", "toml")]
    command = ["git", "ls-files", "-z", *kinds, ":!CHANGELOG.md"]
    tracked = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = tracked.strip("\0").split("\0")
    lengths = {path: len((ROOT / path).read_bytes().splitlines()) for path in paths}
    assert {path: length for path, length in lengths.items() if length > 400} == {}


@pytest.mark.parametrize(("module", "path"), MODULES)
def test_names_are_nouns_of_the_field(module: str, path: Path) -> None:
    assert path.stem not in FORBIDDEN_STEMS
    assert module not in SHADOWING_STEMS


# A private helper is named by what it gives, or by what it does: `_said` may be anything, and
# `_read` is what it does.
IRREGULAR = re.compile(
    r"begun|bent|bought|bound|broken|brought|built|caught|done|drawn|"
    r"fed|found|given|gone|got|held|hidden|kept|known|led|left|lent"
    r"|lost|made|meant|met|paid|said|seen|sent|shown|sold|spent|"
    r"spoken|stood|taken|taught|thrown|told|torn|understood|won|worn|"
    r"written"
)
STILL_NAMED_SO = {
    f"reference.chatkit_runtime.{name}" for name in ("message_ids", "provider", "routes", "turn")
}
"""Take one out with its helpers renamed; add none."""
NO_PARTICIPLES = {"need", "often", "open", "token"}


def is_participle(name: str) -> bool:
    word = name.removeprefix("_")
    is_one_word = name.startswith("_") and word.isalpha() and word not in NO_PARTICIPLES
    return is_one_word and (word.endswith(("ed", "en")) or IRREGULAR.fullmatch(word) is not None)


@pytest.mark.parametrize(
    ("name", "is_it"),
    [
        ("_said", True),
        ("_resolved", True),
        ("_written", True),
        ("_token", False),
        ("_open", False),
        ("_named_files", False),
        ("named", False),
    ],
)
def test_what_a_bare_participle_is(name: str, is_it: bool) -> None:
    assert is_participle(name) is is_it


@pytest.mark.parametrize(("module", "path"), MODULES)
def test_no_helper_is_named_by_a_bare_participle(module: str, path: Path) -> None:
    """A property is a value, and no helper."""
    if module in STILL_NAMED_SO:
        return
    assert [name for name in _helpers(ast.parse(path.read_text())) if is_participle(name)] == []


def _helpers(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            marks = [_last_name(each) for each in node.decorator_list]
            if not any(mark.endswith("property") for mark in marks):
                yield node.name


TOPICS = tuple(
    path.relative_to(SOURCE).as_posix()
    for path in sorted((SOURCE / "checks" / "rules").iterdir())
    if (path / "__init__.py").exists()
)


@pytest.mark.parametrize("folder", ["project/detectors", "edits", *TOPICS])
def test_one_idea_has_one_name(folder: str) -> None:
    """File stem = public function = test file."""
    for path in sorted((SOURCE / folder).glob("[!_]*.py")):
        functions = {
            node.name
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.FunctionDef)
        }
        wanted = {path.stem, f"find_{path.stem}"}
        assert functions & wanted, f"{path.name} defines no function {path.stem}"
        assert (ROOT / "tests" / folder / f"test_{path.stem}.py").is_file()


WITHOUT_TEST = ROOT / "tests" / "modules_without_test.txt"
"""Modules that only the tests of others reach. Take one out with a test of its own; add none."""
AT_MOST = 48


def test_every_module_has_its_test() -> None:
    """`x/y.py` has `tests/x/test_y.py`, which may have others beside it for what needs more."""
    without = [
        module
        for module, path in modules()
        if path.stem != "__init__" and not module.startswith("reference") and not _has_test(path)
    ]
    listed = WITHOUT_TEST.read_text().split()
    assert [each for each in without if each not in listed] == [], "write a test of its own"
    assert [each for each in listed if each not in without] == [], "take it out of the list"
    assert len(listed) <= AT_MOST


def _has_test(path: Path) -> bool:
    place = path.relative_to(SOURCE)
    return (ROOT / "tests" / place.parent / f"test_{place.name}").is_file()


@pytest.mark.parametrize("folder", ["edits", *TOPICS])
def test_the_registry_names_every_file(folder: str) -> None:
    listed = set(_registry(folder))
    assert sorted(listed) == sorted(path.stem for path in (SOURCE / folder).glob("[!_]*.py"))


def test_the_docs_have_a_heading_for_each_edit_in_order() -> None:
    text = (ROOT / "docs" / "edits.md").read_text()
    registered = list(dict.fromkeys(_registry("edits")))
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == registered


REGISTRIES = {"edits": ("INTEGRATION", "FIXES")}


def _registry(folder: str) -> list[str]:
    tree = ast.parse((SOURCE / folder / "__init__.py").read_text())
    names = REGISTRIES.get(folder, (folder.rpartition("/")[2].upper(),))
    return [each for name in names for each in _tuple_named(tree, name)]


def _tuple_named(tree: ast.Module, name: str) -> list[str]:
    for node in tree.body:
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            value = getattr(node, "value", None)
            assert isinstance(value, ast.Tuple), f"{name} is an ordered tuple"
            return [_last_name(element) for element in value.elts]
    raise AssertionError(f"{name} is missing")


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_no_url_in_the_constraints() -> None:
    assert not re.search(r"://", (ROOT / "constraints.txt").read_text())
