"""What the chat needs is declared once, in the project's own file, style and encoding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tomlkit
from packaging.requirements import Requirement

from chatkit_agent.edits.declare_dependencies import declare_dependencies
from chatkit_agent.options.requirements import REQUIREMENTS

if TYPE_CHECKING:
    from conftest import Block, Run

MAIN = {"app/__init__.py": "", "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
SIGN_IN = """from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

app = FastAPI()


class User(BaseModel):
    id: int


def get_current_user(token: str = Depends(OAuth2PasswordBearer(tokenUrl="token"))) -> User:
    return User(id=1)


@app.get("/me")
def me(user: User = Depends(get_current_user)) -> User:
    return user
"""
PEP621 = '[project]\nname = "shop"\nversion = "1"\n'
POETRY = '[tool.poetry]\nname = "shop"\n\n[tool.poetry.dependencies]\npython = "^3.10"\n'


def test_each_requirement_is_one_that_packaging_reads() -> None:
    assert len({Requirement(each).name for each in REQUIREMENTS}) == len(REQUIREMENTS)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_requirements(newline: str, end: str, encoding: str, run: Run) -> None:
    old = f"# what we need{newline}fastapi>=0.115{newline}uvicorn{newline if end else ''}"
    edited = run(declare_dependencies, {**MAIN, "requirements.txt": old.encode(encoding)})
    after = edited.after.read("requirements.txt")
    assert after.startswith(old.encode(encoding))
    text = after.decode(encoding)
    assert text.split(newline)[3:] == [*REQUIREMENTS, *([""] if end else [])]
    assert after.decode(encoding).encode(encoding) == after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('dependencies = [\n    "fastapi",\n]\n', '    "{0}",\n    "{1}",\n'),
        ('dependencies = [\n  "fastapi", # web\n  "uvicorn"\n]\n', '  "uvicorn",\n  "{0}",\n'),
        ('dependencies = ["fastapi"]\n', '    "fastapi",\n    "{0}",\n'),
        ('dependencies = [\n\t"fastapi",\n]\n', '\t"{0}",\n'),
        ("dependencies = []\n", '    "{0}",\n'),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_project_table(old: str, new: str, newline: str, run: Run) -> None:
    text = f"{PEP621}{old}# kept\n[tool.ruff]\nline-length = 99 # mine\n".replace("\n", newline)
    edited = run(declare_dependencies, {**MAIN, "pyproject.toml": text.encode()})
    after = edited.after.read("pyproject.toml").decode()
    assert new.format(*REQUIREMENTS).replace("\n", newline) in after
    listed = tomlkit.parse(after)["project"]["dependencies"].unwrap()
    assert listed[-len(REQUIREMENTS) :] == list(REQUIREMENTS)
    assert after.endswith(f"# kept{newline}[tool.ruff]{newline}line-length = 99 # mine{newline}")
    assert after.count("\n") == after.count(newline)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_poetry_table(newline: str, run: Run) -> None:
    text = f'{POETRY}fastapi = "^0.115"  # web\n\n[tool.poetry.group.dev.dependencies]\n'
    text = text.replace("\n", newline)
    edited = run(declare_dependencies, {**MAIN, "pyproject.toml": text.encode()})
    after = edited.after.read("pyproject.toml").decode()
    assert f'fastapi = "^0.115"  # web{newline}openai-chatkit = ">=1.6.5,<1.7"{newline}' in after
    assert f'pyjwt = {{extras = ["crypto"], version = ">=2.10"}}{newline}' in after
    assert after.count("\n") == after.count(newline)


@pytest.mark.parametrize("table", ["", '\n[pypi-dependencies]\nhttpx = "*"\n'])
def test_pixi_takes_it_from_the_index_of_python(run: Run, table: str) -> None:
    text = f'[workspace]\nname = "ferry"\n\n[dependencies]\nfastapi = "*"  # conda\n{table}'
    edited = run(declare_dependencies, {**MAIN, "pixi.toml": text}).text("pixi.toml")
    assert edited.startswith(text.rstrip())
    added = tomlkit.parse(edited).unwrap()["pypi-dependencies"]
    assert added["openai-chatkit"] == ">=1.6.5,<1.7"
    assert added["pyjwt"] == {"extras": ["crypto"], "version": ">=2.10"}


def test_a_pipfile(run: Run) -> None:
    text = '[packages]\nfastapi = "*"\n\n[dev-packages]\npytest = "*"\n'
    after = run(declare_dependencies, {**MAIN, "Pipfile": text}).text("Pipfile")
    assert after.startswith('[packages]\nfastapi = "*"\nopenai-chatkit = ">=1.6.5,<1.7"\n')
    assert after.endswith('\n[dev-packages]\npytest = "*"\n')


def test_what_is_declared_is_not_declared_again(run: Run) -> None:
    text = "fastapi\nPyJWT==2.10.1\ncryptography\npydantic_settings\nasyncpg==0.30.0\n"
    edited = run(declare_dependencies, {**MAIN, "requirements.txt": text})
    names = [Requirement(line.strip()).name for line in edited.inserted("requirements.txt")]
    assert names == ["openai-chatkit", "openai-agents", "mcp", "python-dotenv"]


def test_a_pyjwt_without_its_extra_gets_what_the_extra_brings(run: Run) -> None:
    edited = run(declare_dependencies, {**MAIN, "requirements.txt": "fastapi\npyjwt\n"})
    assert "cryptography>=42\n" in edited.inserted("requirements.txt")


def test_noop_where_everything_is_declared(run: Run) -> None:
    edited = run(
        declare_dependencies, {**MAIN, "requirements.txt": "fastapi\n" + "\n".join(REQUIREMENTS)}
    )
    assert edited.changed == []


def test_noop_where_nothing_declares_dependencies(run: Run) -> None:
    assert run(declare_dependencies, MAIN).changed == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("setup.cfg", "[options]\ninstall_requires = fastapi; uvicorn\n"),
        ("setup.py", "from setuptools import setup\n\nsetup(install_requires=read('x'))\n"),
        ("setup.py", "WEB = ['fastapi']\nWEB = WEB + ['x']\nsetup(install_requires=WEB)\n"),
        ("environment.yml", "dependencies: [fastapi, uvicorn]\n"),
        ("environment.yml", "dependencies:\n  - fastapi\n  - pip:\n"),
        ("requirements.txt", "fastapi==0.115.0 --hash=sha256:0000\n"),
        ("requirements.txt", "# This file is autogenerated by pip-compile\nfastapi==0.115.0\n"),
        ("pyproject.toml", f'{PEP621}dependencies = [\n    "fastapi"\n  , "uvicorn"\n  # end\n]\n'),
    ],
)
def test_blocked(path: str, text: str, blocked: Block) -> None:
    refusal = blocked(declare_dependencies, {**MAIN, path: text})
    assert f"`{path}`" in refusal.reason
    assert refusal.snippet.splitlines() == list(REQUIREMENTS)


def test_pyjwt_is_needed_only_where_we_verify_tokens(run: Run) -> None:
    files = {"app/__init__.py": "", "app/main.py": SIGN_IN, "requirements.txt": "fastapi\n"}
    for auth, is_needed in {"existing": False, "jwt": True, "none": True}.items():
        text = run(declare_dependencies, files, auth=auth).text("requirements.txt")
        assert ("pyjwt" in text) is is_needed
        assert "openai-chatkit" in text


@pytest.mark.parametrize(
    ("text", "lock", "line"),
    [
        (
            f'{PEP621}requires-python = ">=3.8"\ndependencies = ["fastapi"]\n',
            "uv.lock",
            "    \"mcp>=1.21.2,<3 ; python_version >= '3.10'\",\n",
        ),
        (
            POETRY.replace("^3.10", "^3.8") + 'fastapi = "*"\n',
            "poetry.lock",
            'mcp = {version = ">=1.21.2,<3", markers = "python_version >= \'3.10\'"}\n',
        ),
        (
            f'{PEP621}requires-python = ">=3.10"\ndependencies = ["fastapi"]\n',
            "uv.lock",
            '    "mcp>=1.21.2,<3",\n',
        ),
        (
            f'{PEP621}requires-python = ">=3.8"\ndependencies = ["fastapi"]\n',
            "other.lock",
            '    "mcp>=1.21.2,<3",\n',
        ),
    ],
)
def test_a_lock_for_older_pythons_can_still_be_made(
    text: str, lock: str, line: str, run: Run
) -> None:
    files = {**MAIN, "pyproject.toml": text, lock: ""}
    assert line in run(declare_dependencies, files).text("pyproject.toml")


IMAGE = "FROM python:3.12\nRUN pip install -r requirements.txt\n"


def test_the_list_that_an_image_installs_gets_them_too(run: Run) -> None:
    files = {"pyproject.toml": PEP621 + 'dependencies = ["fastapi", "mcp>=1.21.2"]\n'}
    listed = {"Dockerfile": IMAGE, "requirements.txt": "fastapi==0.115.0\nopenai-agents\n"}
    edited = run(declare_dependencies, {**MAIN, **files, **listed})
    assert set(edited.changed) == {"pyproject.toml", "requirements.txt"}
    names = [Requirement(each.strip()).name for each in edited.inserted("requirements.txt")]
    asked = [Requirement(each).name for each in REQUIREMENTS]
    assert names == [each for each in asked if each != "openai-agents"]


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "# This file was autogenerated by uv\nfastapi\n", "Dockerfile": IMAGE},
        {"requirements.txt": "fastapi\n", "Dockerfile": "RUN pip install .\n"},
        {"requirements.txt": "fastapi\n"},
    ],
)
def test_a_list_that_is_made_or_not_installed_is_left_alone(
    files: dict[str, str], run: Run
) -> None:
    pyproject = {"pyproject.toml": PEP621 + 'dependencies = ["fastapi"]\n'}
    edited = run(declare_dependencies, {**MAIN, **pyproject, **files})
    assert edited.changed == ["pyproject.toml"]
