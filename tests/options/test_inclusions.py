"""What requirements lead to stays in the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatkit_agent.errors import CannotBoot
from chatkit_agent.options.inclusions import refuse_outside, widest_list


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("internal-codename\n")
    api = tmp_path / "shop" / "api"
    (api / "more").mkdir(parents=True)
    (tmp_path / "shop" / ".git").mkdir()
    (tmp_path / "shop" / "base.txt").write_text("fastapi\n")
    (api / "out.txt").symlink_to(tmp_path / "secret.txt")
    (api / "more" / "up.txt").write_text("-r ../../../secret.txt\n")
    return api / "requirements.txt"


@pytest.mark.parametrize(
    "line",
    [
        *("-r ../../secret.txt", "-r../../secret.txt", "--requirement=../../secret.txt"),
        *("-c ../../secret.txt", "  -r   out.txt", "-r /etc/passwd", "-r more/up.txt"),
        *("-r ${HOME}/x.txt", "-r https://attacker.example/x.txt", "-e ../../other"),
        *("../../other", "other @ file:///srv/other", "other @ file:../../other"),
    ],
)
def test_what_leads_out_is_refused(requirements: Path, line: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        requirements.write_text(f"fastapi\n{line}\n", encoding=encoding)
        with pytest.raises(CannotBoot, match="leads out of the project"):
            refuse_outside(requirements)


@pytest.mark.parametrize("path", ["../../other", "/srv/other", "${HOME}/other"])
def test_where_uv_takes_packages_from(requirements: Path, path: str) -> None:
    project = requirements.with_name("pyproject.toml")
    project.write_text(f'[tool.uv.sources]\nother = {{ path = "{path}" }}\n')
    with pytest.raises(CannotBoot, match="leads out of the project"):
        refuse_outside(project)
    project.write_text('[tool.uv.sources]\nother = { path = "../other" }\nthis = { git = "x" }\n')
    refuse_outside(project)


@pytest.mark.parametrize(
    "line",
    [
        *("-r ../base.txt", "-c ../base.txt", "-r missing.txt", "-e .", "-e ../[all]", "./more"),
        *("--index-url https://${TOKEN}@index.example/simple", "# -r ../../secret.txt"),
        *(
            "httpx @ git+https://example.com/httpx.git",
            "-r requirements.txt",
            "fastapi --hash=sha256:x",
        ),
    ],
)
def test_what_stays_is_followed(requirements: Path, line: str) -> None:
    requirements.write_text(f"fastapi\n{line}\n")
    refuse_outside(requirements)


def test_the_list_that_takes_in_what_the_application_needs(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    files = {
        "base.txt": "fastapi",
        "prod.txt": "-r base.txt\nsentry-sdk",
        "production.txt": "-r ./prod.txt",
        "dev.txt": "-r base.txt\npytest",
        "a.txt": "-c base.txt.old",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert widest_list(tmp_path / "base.txt").name == "production.txt"
    assert widest_list(tmp_path / "dev.txt").name == "dev.txt"


def test_lists_that_take_in_each_other(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("-r b.txt")
    (tmp_path / "b.txt").write_text("-r a.txt")
    assert widest_list(tmp_path / "a.txt").name in ("a.txt", "b.txt")
