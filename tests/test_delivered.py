"""The test that people receive passes in their project, and fails where the chat is not right."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parent / "projects"


def added(
    sample: str, tmp_path: Path, requested: RequestedOptions | None = None
) -> tuple[Path, Path]:
    """A copy of a sample with the chat, as the folder to run it in and its import root."""
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite*", "*.db")
    root = Path(shutil.copytree(PROJECTS / sample, tmp_path / sample, ignore=ignored))
    plan = make_plan(read_project(root), requested)
    apply(plan)
    app = plan.options.app
    return root / app.working_directory, root / app.directory


def outcome(folder: Path, imports: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    # As strict as anybody's tests may be about the warnings of what they import.
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    command += ["-k", "chatkit"]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        command,
        cwd=folder,
        env={**kept, "PYTHONPATH": str(imports), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "sample",
    [
        "factory_only",
        "flat_file",
        "reexport_package",
        "oauth_user",
        "gated_everywhere",
        "front_end_aside",
        "object_method",
        "method_sign_in",
        "middleware_tokens",
        "remote_keys",
        "api_key",
        "factory_at_once",
        "wrapped",
    ],
)
def test_it_passes_in_every_shape(sample: str, tmp_path: Path) -> None:
    done = outcome(*added(sample, tmp_path))
    assert "3 passed" in done.stdout, done.stdout


def test_it_passes_where_everything_is_set(tmp_path: Path) -> None:
    folder, imports = added("module_level", tmp_path, RequestedOptions(env_prefix="SHOP"))
    done = outcome(
        folder,
        imports,
        SHOP_CHATKIT_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
        SHOP_CHATKIT_JWT_SECRET="a-secret-of-more-than-thirty-two-bytes",
        OPENAI_API_KEY="unused",
    )
    assert "3 passed" in done.stdout, done.stdout


@pytest.mark.parametrize(
    "harm",
    [
        ("app.include_router(create_chatkit_router(current_user=VerifiedUser()))", "pass"),
        ("current_user=VerifiedUser()", "current_user=lambda: 'anybody'"),
    ],
)
def test_it_fails_where_the_chat_is_away_or_open(harm: tuple[str, str], tmp_path: Path) -> None:
    folder, imports = added("module_level", tmp_path, RequestedOptions(env_prefix="SHOP"))
    main = folder / "app/main.py"
    assert harm[0] in main.read_text()
    main.write_text(main.read_text().replace(*harm))
    done = outcome(
        folder,
        imports,
        SHOP_CHATKIT_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none",
        OPENAI_API_KEY="unused",
    )
    assert done.returncode == 1, done.stdout
    assert "failed" in done.stdout
