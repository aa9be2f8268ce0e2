"""The house rules that readers rely on, held by reading the source and never importing it."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "chatkit_agent"
PACKAGE = "chatkit_agent"

# From the ground up: a module may import only from rows above its own, never from its own row.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "tree", "symptoms", "requirements", "reading", "text", "plugin"),
    (
        "findings",
        "extras",
        "facts",
        "reading.syntax",
        "text.lines",
        "text.forms",
        "text.merging",
        "text.json_members",
    ),
    (
        "reading.sources",
        "reading.imports",
        "reading.mounting",
        "reading.declared",
        "reading.setup_call",
        "text.diffing",
        "text.arguments",
        "text.added_code",
        "uv_process",
    ),
    (
        "reading.objects",
        "reading.compose",
        "reading.pyproject",
        "reading.requirement_lists",
        "reading.injection",
        "reading.identity",
        "reading.walls",
        "reading.scopes",
        "reading.environment",
    ),
    ("reading.chat_files", "reading.statements", "reading.references"),
    (
        "reading.anatomy",
        "reading.verifying",
        "reading.tokens",
        "reading.settings_fields",
        "reading.claims",
        "reading.loading",
        "reading.migrations",
        "reading.tables",
    ),
    ("reading.demanded",),
    ("record", "repository", "scratch", "writing", "proposals"),
    ("finders.*",),
    ("project",),
    ("resolution",),
    ("hosting",),
    ("choices",),
    (
        "dependency_files.conda",
        "dependency_files.lines",
        "dependency_files.setup_cfg",
        "dependency_files.setup_py",
        "dependency_files.toml_text",
    ),
    ("dependency_files.toml_lists", "dependency_files.toml_tables"),
    ("dependency_files", "variables"),
    ("edits.*", "mends.*"),
    ("edits", "mends"),
    ("pattern",),
    ("plan",),
    ("changes",),
    ("sandbox.serving", "sandbox.turns", "sandbox.filling"),
    ("sandbox.deciding", "sandbox.responses_api", "sandbox.completions_api"),
    ("sandbox.*",),
    ("evidence.cache",),
    ("evidence.interpreters",),
    ("evidence.overlays", "evidence"),
    ("checks.*",),
    ("checks",),
    (
        "evidence.booting",
        "evidence.client",
        "evidence.signing",
        "evidence.database",
        "evidence.live",
    ),
    ("evidence.intruders", "evidence.malformed", "evidence.staging"),
    (
        "evidence.approvals",
        "evidence.endings",
        "evidence.interruptions",
        "evidence.outages",
        "evidence.repetitions",
    ),
    ("evidence.conversation",),
    ("evidence.gathering",),
    ("observations",),
    (
        "observations.credentials",
        "observations.logs",
        "observations.matching",
        "observations.traces",
    ),
    (
        "observations.environment",
        "observations.packages",
        "observations.probing",
        "observations.starting",
    ),
    ("observations.services", "observations.trying"),
    ("observations.gathering",),
    (
        "diagnoses.source.*",
        "diagnoses.settings.*",
        "diagnoses.log.*",
        "diagnoses.wire.*",
        "diagnoses.boot.*",
    ),
    ("diagnoses.source", "diagnoses.settings", "diagnoses.log", "diagnoses.wire", "diagnoses.boot"),
    ("diagnoses",),
    ("diagnosis", "verification", "installation"),
    ("guide.playbooks", "guide.troubles"),
    ("guide.understanding", "guide.steps"),
    ("guide",),
    ("",),
    ("plugin.homes", "plugin.files"),
    ("plugin.servers",),
    ("plugin.placing",),
    ("documents.parts",),
    ("documents.project", "documents.report", "documents.changes"),
    ("documents.plan",),
    ("documents.guide", "documents.diagnosis"),
    ("documents.answer",),
    ("documents",),
    ("verbs", "material", "client_roots"),
    ("workbench",),
    ("tools",),
    ("mcp_server",),
    ("reports.outcomes", "reports.drawing"),
    ("reports.markdown", "reports.page", "reports.junit"),
    ("reports",),
    ("terminal.layout",),
    (
        "terminal.project",
        "terminal.plan",
        "terminal.report",
        "terminal.guide",
        "terminal.diagnosis",
    ),
    ("terminal.changes", "terminal.answer"),
    ("terminal",),
    (
        "assistant",
        "assistant.masking",
        "assistant.history",
        "assistant.provider",
        "assistant.limits",
        "assistant.instructions",
        "assistant.screen",
    ),
    ("assistant.project_files",),
    ("assistant.toolbox",),
    ("assistant.conversation",),
    ("assistant.asking",),
    ("cli.answering",),
    ("cli.options",),
    (
        "cli.integrating",
        "cli.proving",
        "cli.serving",
        "cli.advising",
        "cli.examining",
        "cli.asking",
    ),
    ("cli",),
)
FRONT_ENDS = ("cli", "mcp_server", "assistant")
OPEN_TO_FRONT_ENDS = {
    "",
    "errors",
    "documents",
    "terminal",
    "reports",
    "verbs",
    "tools",
    "workbench",
}
OF_ONE_FRONT_END = {
    "material",
    "client_roots",
    "mcp_server",
    "assistant.asking",
    "assistant.history",
    "assistant.limits",
    "assistant.provider",
}
ISLANDS = ("reference", "evidence.boot_script")
FORBIDDEN_STEMS = {"utils", "helpers", "core", "common", "manager"}
SHADOWING_STEMS = {"inspect", "ast", "types", "mcp", "agents", "chatkit"}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), path


def is_island(module: str) -> bool:
    return any(module == island or module.startswith(f"{island}.") for island in ISLANDS)


def row_of(module: str) -> int:
    for row, names in enumerate(LAYERS):
        if module in names or f"{module.rpartition('.')[0]}.*" in names:
            return row
    raise AssertionError(f"{module or '__init__'} has no place in LAYERS; give it one")


def imports(path: Path) -> Iterator[str]:
    """Every module of ours that a file imports, as a name below the package."""
    ours = {module for module, _ in modules()}
    for node in ast.walk(ast.parse(path.read_text())):
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


@pytest.mark.parametrize(("module", "path"), MODULES)
def test_imports_go_one_way(module: str, path: Path) -> None:
    if is_island(module):
        assert not list(imports(path)), "an island imports nothing of ours"
        return
    for name in imports(path):
        assert not is_island(name), f"nobody imports the island {name}"
        assert row_of(name) < row_of(module), f"{module} may not import {name}"


def test_front_ends_use_the_verbs_only() -> None:
    for module, path in modules():
        front_end = module.partition(".")[0]
        if front_end in FRONT_ENDS:
            own = {name for name in imports(path) if name.partition(".")[0] == front_end}
            assert set(imports(path)) - own <= OPEN_TO_FRONT_ENDS | OF_ONE_FRONT_END


def test_every_row_is_a_module() -> None:
    known = {module for module, _ in modules()}
    for names in LAYERS:
        for name in names:
            stem = name.removesuffix(".*")
            assert stem in known, f"LAYERS names {name}, which is not there"


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
    assert path.stem not in FORBIDDEN_STEMS | SHADOWING_STEMS


SOURCE_CHECKS = "diagnoses/source"
OTHER_CHECKS = tuple(f"diagnoses/{kind}" for kind in ("settings", "log", "wire", "boot"))
CHECKS = ("checks", SOURCE_CHECKS, *OTHER_CHECKS)
PAGES = {
    "edits": ("edits", "mends"),
    "checks": ("checks",),
    "source-checks": (SOURCE_CHECKS,),
    "doctor-checks": OTHER_CHECKS,
}


@pytest.mark.parametrize("folder", ["finders", "edits", "mends", *CHECKS])
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


@pytest.mark.parametrize("folder", ["edits", "mends", *CHECKS])
def test_the_registry_names_every_file(folder: str) -> None:
    listed = _registry(folder)
    assert sorted(listed) == sorted(path.stem for path in (SOURCE / folder).glob("[!_]*.py"))


@pytest.mark.parametrize(("page", "folders"), PAGES.items())
def test_the_docs_have_a_heading_for_each_in_order(page: str, folders: tuple[str, ...]) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()
    registered = [name for folder in folders for name in _registry(folder)]
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == registered


def _registry(folder: str) -> list[str]:
    tree = ast.parse((SOURCE / folder / "__init__.py").read_text())
    return _tuple_named(tree, folder.rpartition("/")[2].upper())


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
