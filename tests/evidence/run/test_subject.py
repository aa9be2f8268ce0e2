"""The variables of what is to be checked, and the env files that are lent to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.errors import BadOption
from chatkit_agent.evidence.run.subject import Subject, lend_files, own_variables
from chatkit_agent.options.options import RequestedOptions, choose
from chatkit_agent.project.read import Project, read_project

SHOP = Path(__file__).parents[2] / "projects" / "module_level"


@pytest.fixture
def project() -> Project:
    return read_project(SHOP)


def test_the_env_file_wins_over_the_environment(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_COLOUR", "red")
    monkeypatch.setenv("SHOP_SIZE", "large")
    env_file = tmp_path / "dev.env"
    env_file.write_text("export SHOP_COLOUR='light blue'\nSHOP_EMPTY\n")
    variables = own_variables(
        Subject(project, choose(project, RequestedOptions()), env_file=env_file)
    )
    assert (variables["SHOP_COLOUR"], variables["SHOP_SIZE"]) == ("light blue", "large")
    assert variables["SHOP_EMPTY"] == ""


def test_an_env_file_that_is_no_text(project: Project, tmp_path: Path) -> None:
    env_file = tmp_path / "dev.env"
    env_file.write_bytes(b"SHOP_COLOUR=\0\xff\n")
    subject = Subject(project, choose(project, RequestedOptions()), env_file=env_file)
    with pytest.raises(BadOption, match=r"dev\.env: it is no text"):
        own_variables(subject)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_an_env_file_of_windows(encoding: str, project: Project, tmp_path: Path) -> None:
    env_file = tmp_path / "dev.env"
    env_file.write_bytes("SHOP_COLOUR=grün\r\n".encode(encoding))
    subject = Subject(project, choose(project, RequestedOptions()), env_file=env_file)
    assert own_variables(subject)["SHOP_COLOUR"] == "grün"


def test_nothing_is_written_out_of_the_copy(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "link").symlink_to(outside)
    (copy / "dangling.env").symlink_to(outside / "new.env")
    lend_files(
        copy, ("../outside/.env", f"{outside}/.env", "link/.env", "dangling.env", ".env"), ()
    )
    assert list(outside.iterdir()) == []
    assert (copy / ".env").exists()
