"""What people read: each document as text for a terminal, wide or narrow, dark or light."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from chatkit_agent.documents import (
    AddDocument,
    AppPart,
    CheckPart,
    ErrorDocument,
    FindingPart,
    InspectDocument,
    PlanDocument,
    UndoDocument,
    UpdateDocument,
    VerifyDocument,
)

KINDS = {
    "module": "made at module level",
    "called_factory": "made by a factory that the module calls",
    "factory": "a factory, for `uvicorn --factory`",
    "subclass": "a subclass of FastAPI",
    "attribute": "an attribute of an object",
    "reexport": "re-exported from another module",
}
PASSED, FAILED, UNPROVED = ("ok", "green"), ("no", "red"), ("??", "yellow")
COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def inspection(document: InspectDocument) -> RenderableType:
    rows = _facts(document)
    return Group(_heading(f"{document.name} at {document.root}"), _table(rows), *_others(document))


def _facts(document: InspectDocument) -> list[tuple[str, str]]:
    packaging = document.packaging
    users = document.auth.dependencies
    return [
        ("application", _app(document.app)),
        ("dependencies", f"{packaging.file} ({packaging.manager})" if packaging.file else "none"),
        ("Python", document.python.requires or "not declared"),
        ("settings", _listed(f"{item.name} in {item.file}" for item in document.settings)),
        ("signed-in user", _listed(f"{item.name} in {item.file}" for item in users[:3])),
        ("environment files", _listed(file.path for file in document.env_files)),
        ("chat", _chat(document)),
    ]


def _chat(document: InspectDocument) -> str:
    if document.chat.applied:
        return "added by chatkit-agent"
    return _listed(document.chat.signs)


def _others(document: InspectDocument) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if document.app is None and document.candidates:
        parts.append(Text("\nSeveral applications; choose one with --app:"))
        parts.extend(
            Text(f"  {item.ref} in {item.file}: {_listed(item.reasons, most=3)}")
            for item in document.candidates
        )
    parts.extend(Text(f"hides an SDK: {name}", style="yellow") for name in document.shadows)
    parts.extend(Text(f"could not be read: {name}", style="yellow") for name in document.unreadable)
    return parts


def plan(document: PlanDocument, *, full: bool) -> RenderableType:
    """The plan; `full` shows the whole diff, else new files only by name and size."""
    parts: list[RenderableType] = [_heading(f"Plan {document.plan_id}"), _table(_chosen(document))]
    parts.append(Text(""))
    parts.extend(_changes(document, full=full))
    parts.extend(_environment(document))
    for blocked in document.by_hand:
        parts.append(Text(f"\nBy hand, {blocked.edit}: {blocked.reason}", style="yellow"))
        parts.append(Padding(Text(blocked.by_hand), (0, 2)))
    parts.extend(Text(f"note: {note}", style="yellow") for note in document.notes)
    if not document.changes and not document.by_hand:
        parts.append(Text("Nothing to change: the chat is already here."))
    return Group(*parts)


def _chosen(document: PlanDocument) -> list[tuple[str, str]]:
    choices = document.choices
    user = choices.user
    auth = {
        "existing": f"your own {user.name} in {user.file}" if user else "your own",
        "jwt": "a verified JWT",
        "none": "none (only for a laptop)",
    }[choices.auth]
    return [
        ("application", _app(document.app)),
        ("users", auth),
        ("route", f"POST {choices.path}"),
        ("tables", f"schema {choices.schema_name}"),
        ("variables", f"{choices.env_prefix}*"),
        ("code goes to", choices.home or "."),
        *([("modules", ", ".join(choices.extras))] if choices.extras else []),
    ]


def _changes(document: PlanDocument, *, full: bool) -> Iterable[RenderableType]:
    if full:
        if document.diff:
            yield _coloured(document.diff)
        return
    for piece in diff_by_file(document.diff):
        path, added, is_new = piece
        if is_new:
            yield Text.assemble(("  new   ", "green"), path, (f"  {added} lines", "dim"))
    for path, text in modified(document.diff):
        yield Text.assemble(("\n  edit  ", "cyan"), path)
        yield _coloured(text)


def _coloured(diff: str) -> Text:
    """A diff whose lines are never broken, so that it can be piped into `git apply`."""
    text = Text(no_wrap=True, overflow="ignore")
    for line in diff.splitlines(keepends=True):
        text.append(line, style=COLOURS.get(line[:1]))
    return text


def diff_by_file(diff: str) -> list[tuple[str, int, bool]]:
    """Path, added lines and newness of each file of a unified diff."""
    files: list[tuple[str, int, bool]] = []
    for part in ("\n" + diff).split("\ndiff --git ")[1:]:
        header, _, body = part.partition("\n@@")
        path = header.splitlines()[0].rpartition(" b/")[2]
        added = sum(line.startswith("+") for line in body.splitlines())
        files.append((path, added, "new file mode" in header))
    return files


def modified(diff: str) -> list[tuple[str, str]]:
    """Path and hunks of each existing file of a unified diff."""
    files: list[tuple[str, str]] = []
    for part in ("\n" + diff).split("\ndiff --git ")[1:]:
        header, mark, body = part.partition("\n@@")
        if "new file mode" not in header:
            path = header.splitlines()[0].rpartition(" b/")[2]
            files.append((path, (mark + body).strip("\n")))
    return files


def _environment(document: PlanDocument) -> list[RenderableType]:
    if not document.environment:
        return []
    table = _grid()
    for variable in document.environment:
        mark = "set" if variable.required else "may be set"
        name = Text.assemble(f"  {mark:<12}", (variable.name, "bold"))
        table.add_row(name, Text(variable.purpose))
    return [Text("\nEnvironment"), table]


def verification(document: VerifyDocument) -> RenderableType:
    parts: list[RenderableType] = [_heading("Proofs")]
    for check in document.checks:
        parts.append(check_line(check))
        parts.extend(Padding(_finding(finding), (0, 0, 0, 6)) for finding in check.findings)
    parts.extend(Text(f"note: {note}", style="dim") for note in document.notes)
    parts.append(_sum(document))
    return Group(*parts)


def _sum(document: VerifyDocument) -> Text:
    if not document.checks:
        return Text("The chat could not be proved.", style="red")
    marks = [_mark(check) for check in document.checks]
    passed = f"{marks.count(PASSED)} of {len(marks)} proofs passed"
    if not document.ok:
        return Text(f"{passed}, {marks.count(FAILED)} failed.", style="red")
    unproved = marks.count(UNPROVED)
    return Text(f"{passed}, {unproved} with warnings." if unproved else f"{passed}.", style="green")


def check_line(check: CheckPart) -> RenderableType:
    line = _grid(padding=0)
    line.add_row(Text.assemble("  ", _mark(check), "  "), Text(check.title))
    return line


def _mark(check: CheckPart) -> tuple[str, str]:
    if check.ok:
        return PASSED
    return FAILED if any(each.severity == "error" for each in check.findings) else UNPROVED


def _finding(finding: FindingPart) -> RenderableType:
    table = _grid()
    for label in ("what", "where", "evidence", "fix"):
        table.add_row(Text(label, style="dim"), Text(getattr(finding, label)))
    return table


def added(document: AddDocument) -> RenderableType:
    parts: list[RenderableType] = []
    if document.verification is not None:
        parts.append(verification(document.verification))
    parts.append(_heading("Next"))
    parts += [
        Padding(Text(f"{number}. {step}"), (0, 2))
        for number, step in enumerate(document.next_steps, 1)
    ]
    return Group(*parts)


def undone(document: UndoDocument) -> RenderableType:
    parts = [Text(f"  put back  {path}") for path in document.restored]
    parts += [Text(f"  removed   {path}") for path in document.removed]
    parts += [Text(f"  kept      {path} (you edited it)") for path in document.kept]
    return Group(_heading("Undone"), *parts)


def updated(document: UpdateDocument) -> RenderableType:
    if not document.changed:
        return Text(f"Nothing to change: the chat is that of version {document.after}.")
    parts = [Text(f"  changed   {path}") for path in document.changed]
    parts += [Text(f"  kept      {path} (you edited it)") for path in document.kept]
    return Group(_heading(f"Updated from version {document.before} to {document.after}"), *parts)


def error(document: ErrorDocument) -> RenderableType:
    return Text.assemble(("error: ", "red bold"), document.message)


def _app(app: AppPart | None) -> str:
    return f"{app.ref} in {app.built_in}, {KINDS[app.kind]}" if app else "not found"


def _listed(items: Iterable[str], most: int = 5) -> str:
    listed = list(items)
    more = [f"and {len(listed) - most} more"] if len(listed) > most else []
    return ", ".join(listed[:most] + more) or "none"


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _table(rows: list[tuple[str, str]]) -> Table:
    table = _grid()
    for label, value in rows:
        table.add_row(Text(f"  {label}", style="dim"), Text(value))
    return table


def _grid(padding: int = 2) -> Table:
    table = Table.grid(padding=(0, padding))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def show(part: RenderableType, *, stderr: bool = False) -> None:
    Console(stderr=stderr, highlight=False).print(part, crop=False)
