"""What a hostile repository, log or option says stays data in a terminal, a file and git."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chatkit_agent.errors import BadOption, Refused
from chatkit_agent.frontends.cli import main
from chatkit_agent.frontends.session import Plans, Session
from chatkit_agent.project.git import ignored, states, tracked

MAIN = "from fastapi import FastAPI\n\napp = FastAPI()\n"
CHAT = "from chatkit.server import ChatKitServer\nclass S(ChatKitServer): ...\n"


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    put(tmp_path / "outside", **{"secret.txt": "secret", ".env": "A=secret"})
    return tmp_path / "outside"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path / "repository", **{"main.py": MAIN})
    return tmp_path / "repository"


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def test_escape_sequences_stay_in_the_log(root: Path) -> None:
    put(root, **{"pyproject.toml": '[project]\nname = "\\u001b]0;pwned\\u0007\\u009b31m"\n'})
    log = root / "app.log"
    log.write_bytes(
        b"\x1b]0;pwned\x07\x1b[2J\xc2\x9b31m Traceback (most recent call last):\n"
        b'  File "\x1b[31mx.py", line 1, in f\n'
        b"asyncpg.exceptions.UndefinedTableError: relation \x1b[8m\xe2\x80\xae does not exist\n"
    )
    put(
        root,
        **{"chat.py": CHAT},
    )
    for options in ((), ("--json",)):
        said = run("doctor", "--log", str(log), *options, str(root)).output
        for each in ("\x1b", "\x9b", "\x07", "\u202e"):
            assert each not in said


@pytest.mark.parametrize(
    ("encoding", "command"),
    [
        ("ascii", ("inspect", "--json")),
        ("latin-1", ("inspect",)),
        ("cp1252", ("add", "--dry-run", "-y", "--mode", "sidecar")),
    ],
)
def test_any_encoding_of_the_output_will_do(
    encoding: str, command: tuple[str, ...], root: Path
) -> None:
    titled = MAIN.replace("FastAPI()", 'FastAPI(title="\u00c4 \u2013 \u2615")')
    put(root, **{"main.py": titled, "pyproject.toml": '[project]\nname = "\u2615"\n'})
    program = "from chatkit_agent.frontends.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, *command, str(root)],
        env={**os.environ, "PYTHONIOENCODING": encoding, "LANG": "C", "LC_ALL": "C"},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0
    if "--json" in command:
        assert json.loads(done.stdout.decode(encoding))["name"] == "\u2615"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--mcp-url", "http://a/\nEVIL=1"),
        ("--mcp-url", "http://a/\rEVIL=1"),
        ("--mcp-url", "http://a/ b"),
        ("--mcp-url", 'http://a/"; import os #'),
        ("--mcp-url", "http://a/$(id)"),
        ("--mcp-url", "http://a/\x1b[31m"),
        ("--mcp-url", "http://a/\u2028x"),
        ("--env-prefix", "A\nB"),
        ("--env-prefix", "A=1"),
        ("--schema", "a; drop"),
        ("--schema", "a\n"),
        ("--path", "/a\n"),
        ("--path", "/../a"),
        ("--path", '/a"'),
        ("--with", "retention\nx"),
        ("--app", "main:app\nx"),
    ],
)
def test_an_option_that_is_written_has_no_orders_in_it(option: str, value: str, root: Path) -> None:
    done = run("plan", option, value, "--mode", "sidecar", str(root))
    assert done.exit_code in (2, 3)
    assert "\x1b" not in done.output


def test_git_runs_nothing_of_the_repository(root: Path, tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)

    put(root, **{"a.bin": "x", ".gitattributes": "*.py filter=evil diff=evil\n*.bin filter=e=v\n"})
    git("init", "-q")
    git("add", "-A")
    git("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x")
    harm = f"touch {tmp_path}/harm"
    for name in (
        "filter.evil.clean",
        "filter.evil.process",
        "filter.e=v.clean",
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.askPass",
        "core.editor",
        "diff.external",
        "diff.evil.textconv",
        "credential.helper",
        "alias.status",
        "alias.ls-files",
        "pager.status",
    ):
        git("config", name, f"!{harm}" if name.startswith("alias") else harm)
    git("config", "filter.evil.required", "true")
    git("config", "core.worktree", str(tmp_path))
    for name in ("post-index-change", "pre-commit", "fsmonitor-watchman"):
        hook = root / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{harm}\n")
        hook.chmod(0o755)
    put(root, **{"main.py": f"{MAIN}# changed\n"})
    os.utime(root / "a.bin", (1, 1))
    index = (root / ".git/index").read_bytes()
    assert list(states(root)) == [(" M", "main.py")]
    assert tracked(root, ["main.py", "x", "../y"]) == {"main.py"}
    assert ignored(root, ["main.py"]) == ()
    run("add", "--yes", "--no-verify", "--mode", "sidecar", str(root))
    assert not (tmp_path / "harm").exists()
    assert (root / ".git/index").read_bytes() == index


def test_a_pipe_in_the_place_of_a_file_of_gits_ends(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chatkit_agent.errors import DirtyTree
    from chatkit_agent.project import git

    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    os.mkfifo(root / ".gitignore")
    monkeypatch.setattr(git, "SECONDS", 0.5)
    with pytest.raises(DirtyTree, match=r"did not answer within 0\.5 seconds"):
        list(git.states(root))


def test_an_agent_gets_no_file_by_a_link(root: Path, outside: Path) -> None:
    session = Session([root], Plans())
    (root / "app.log").symlink_to(outside / "secret.txt")
    (root / "logs").symlink_to(outside)
    for path in ("app.log", "logs/secret.txt", "../outside/secret.txt", str(outside / ".env")):
        with pytest.raises(Refused, match="outside of what may be touched"):
            session.file(path)


def test_an_agent_names_an_interpreter_and_no_script(root: Path, outside: Path) -> None:
    session = Session([root], Plans())
    harm = f"#!/bin/sh\ntouch {outside}/harm\n"
    put(root, **{"tool.sh": harm, "python": harm, ".venv/bin/python": harm, ".venv/pyvenv.cfg": ""})
    (root / "bin").mkdir()
    (root / "bin/python3").symlink_to(sys.executable)
    for path in ("tool.sh", "python", ".venv/bin/python", "bin/python3", "main.py"):
        (root / path).chmod(0o755)
        with pytest.raises(BadOption, match="not the interpreter"):
            session.interpreter(path)
    with pytest.raises(Refused):
        session.interpreter(sys.executable)
    (root / ".venv/bin/python").unlink()
    (root / ".venv/bin/python").symlink_to(os.path.realpath(sys.executable))
    assert session.interpreter(".venv/bin/python") == root.resolve() / ".venv/bin/python"
    assert not (outside / "harm").exists()


def test_an_accent_in_the_locale_c(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "from fastapi import FastAPI\napp = FastAPI(title='Caf\u00e9')\n"
    )
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "chatkit_agent", "plan", "--diff", str(tmp_path)],
        env={**os.environ, **plain},
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\xe9" in done.stdout
