"""The whole check on real projects, and nothing of it left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE

import pytest

from chatkit_agent.checks.required import BESIDE, CALLING

from ..checking import add, all_but, checked, copied, failed, findings, told

OUT_OF_THE_SANDBOX = """\
NOTES_CHATKIT_DATABASE_URL=postgresql://127.0.0.1:9/real
NOTES_CHATKIT_JWT_SECRET=their own secret of more than thirty-two bytes
OPENAI_API_KEY=sk-real
OPENAI_BASE_URL=http://127.0.0.1:9/v1
MCP_SERVER_URL=http://127.0.0.1:9/mcp
"""


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_everything_is_checked_and_nothing_is_touched(tmp_path: Path) -> None:
    root = add(copied("module_level", tmp_path), features=("approvals",))
    main = root / "app" / "main.py"
    main.write_text(
        f"from dotenv import load_dotenv\nload_dotenv(override=True)\n{main.read_text()}"
    )
    (root / ".env").write_text(OUT_OF_THE_SANDBOX)
    before = files(root)
    report = checked(root)
    assert [check.name for check in report.checks] == all_but(BESIDE | CALLING)
    assert findings(report) == []
    assert report.ok
    assert files(root) == before


def test_the_applications_own_sign_in_is_kept(tmp_path: Path) -> None:
    report = checked(add(copied("oauth_user", tmp_path)))
    assert findings(report) == []
    assert any("stand-in" in note for note in report.notes)


@pytest.mark.parametrize("sample", ["method_sign_in", "middleware_tokens", "remote_keys"])
def test_the_applications_own_sign_in_believes_tokens_of_this_run(
    sample: str, tmp_path: Path
) -> None:
    report = checked(add(copied(sample, tmp_path)))
    assert findings(report) == []
    assert not any("stand-in" in note for note in report.notes)


def test_the_key_of_the_application_says_who_asks(tmp_path: Path) -> None:
    root = add(copied("api_key", tmp_path))
    main = (root / "depot" / "main.py").read_text()
    assert "current_user=verify_api_key" in main
    assert "user_id=id_of_key" in main
    report = checked(root)
    assert findings(report) == []
    assert report.ok


def test_what_the_application_asks_of_every_request_is_stood_in_for_and_told(
    tmp_path: Path,
) -> None:
    report = checked(add(copied("gated_everywhere", tmp_path)))
    assert [finding for check in report.checks for finding in check.findings] == []
    (note,) = [note for note in report.notes if "`current_version`" in note]
    assert "stand-in" in note


def test_a_token_among_the_arguments(tmp_path: Path) -> None:
    report = checked(add(copied("factory_only", tmp_path), token="argument"))
    assert findings(report) == []


def test_an_application_that_never_booted_is_told_and_the_chat_checked_alone(
    tmp_path: Path,
) -> None:
    root = copied("module_level", tmp_path)
    main = root / "app" / "main.py"
    main.write_text("import os\nNOTES = os.listdir('notes.of.nobody')\n" + main.read_text())
    report = checked(add(root))
    assert (report.ok, report.outcome) == (False, "inconclusive")
    assert failed(report) == ["app_boots", "routes_kept"]
    assert "FileNotFoundError" in told(report, "app_boots")
    assert "app/main.py:2" in told(report, "app_boots")
    assert "was not seen" in told(report, "routes_kept")
    assert any("mounted alone" in note for note in report.notes)


def test_a_project_without_a_chat(tmp_path: Path) -> None:
    report = checked(copied("module_level", tmp_path))
    assert not report.ok
    assert told(report, "route_mounted").startswith("There is no route POST /chatkit.")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="asks Linux about processes")
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    root = add(copied("module_level", tmp_path))
    (tmp_path / "temporary").mkdir()
    code = (
        "import sys; from pathlib import Path; from chatkit_agent.checks.verification import *\n"
        "say = lambda message: print(message, flush=True)\n"
        "verify(Path(sys.argv[1]), python=Path(sys.executable), progress=say)"
    )
    command = [sys.executable, "-c", code, str(root)]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    with subprocess.Popen(command, stdout=PIPE, stderr=PIPE, env=environment, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if line.startswith("Booting the application with the chat"):
                time.sleep(0.3)
                assert running_in(tmp_path / "temporary")
                run.send_signal(signal.SIGINT)
        run.wait(30)
    assert run.returncode != 0
    assert running_in(tmp_path / "temporary") == []
    assert list((tmp_path / "temporary").iterdir()) == []


def running_in(folder: Path) -> list[str]:
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if Path(os.readlink(link)).is_relative_to(folder):
                found.append(link.parent.name)
    return found
