"""What people read in a terminal, at the width that they have."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console, RenderableType

from chatkit_agent.output import terminal
from chatkit_agent.output.documents import CheckPart, FindingPart, VerifyDocument

DIFF = """\
diff --git a/app/main.py b/app/main.py
--- a/app/main.py
+++ b/app/main.py
@@ -1,2 +1,3 @@
 app = FastAPI()
+app.include_router(create_chatkit_router(current_user=VerifiedUser()))
diff --git a/app/new.py b/app/new.py
new file mode 100644
--- /dev/null
+++ b/app/new.py
@@ -0,0 +1,2 @@
+one
+two
"""


def text(part: RenderableType, width: int = 80) -> str:
    output = io.StringIO()
    Console(file=output, width=width, highlight=False).print(part, crop=False)
    return output.getvalue()


OUTCOMES = {"error": "failed", "inconclusive": "inconclusive"}


def check(name: str, *severities: str) -> CheckPart:
    findings = tuple(
        FindingPart(what="w", where="x", evidence="e", fix="f", severity=each, edit=None)
        for each in severities
    )
    ok = all(each == "info" for each in severities)
    outcome = next((OUTCOMES[each] for each in OUTCOMES if each in severities), "passed")
    title = f"Title of {name}"
    return CheckPart(
        code="CK501", name=name, title=title, ok=ok, outcome=outcome, findings=findings
    )


def report(*checks: CheckPart) -> VerifyDocument:
    outcomes = {each.outcome for each in checks}
    outcome = next(each for each in ("failed", "inconclusive", "passed") if each in outcomes)
    return VerifyDocument(ok=outcome == "passed", outcome=outcome, checks=checks, notes=())


@pytest.mark.parametrize(
    ("checks", "last"),
    [
        ([check("a"), check("b")], "2 of 2 checks passed."),
        ([check("a"), check("b", "warning")], "1 of 2 checks passed, 1 with warnings."),
        ([check("a"), check("b", "inconclusive")], "1 of 2 checks passed, 1 inconclusive."),
        ([check("a"), check("b", "info")], "1 of 1 checks passed."),
        ([check("a"), check("b", "warning", "error")], "1 of 2 checks passed, 1 failed."),
    ],
)
def test_a_report_ends_with_its_sum(checks: list[CheckPart], last: str) -> None:
    assert text(terminal.verification(report(*checks))).rstrip().endswith(last)


def test_a_long_title_hangs_under_itself() -> None:
    long = check("a").model_copy(update={"title": "words " * 20})
    lines = text(terminal.check_line(long), width=40).splitlines()
    assert len(lines) > 2
    assert all(line.startswith("      words") for line in lines[1:])


def test_new_files_are_named_and_edited_files_are_shown() -> None:
    assert terminal.diff_by_file(DIFF) == [("app/main.py", 1, False), ("app/new.py", 2, True)]
    [(path, hunks)] = terminal.modified(DIFF)
    assert path == "app/main.py"
    assert hunks.startswith("@@ -1,2 +1,3 @@")
    assert "one" not in hunks


@pytest.mark.parametrize("width", [40, 80, 200])
def test_nothing_is_cut_off(width: int) -> None:
    finding: dict[str, Any] = {"what": "x" * 100, "where": "main.py", "evidence": "e", "fix": "f"}
    part = FindingPart(**finding, severity="error", edit=None)
    shown = text(
        terminal.verification(
            report(check("a").model_copy(update={"ok": False, "findings": (part,)}))
        ),
        width,
    )
    assert shown.count("x") >= 100
