"""A sidecar's own files: an application, and whose tokens it takes, by the application's names."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import pytest

from chatkit_agent.edits.allow_extra_settings import allow_extra_settings
from chatkit_agent.edits.declare_dependencies import declare_dependencies
from chatkit_agent.edits.deliver_backend import deliver_backend
from chatkit_agent.edits.deliver_service import REFERENCE, deliver_service
from chatkit_agent.edits.extend_env_example import extend_env_example
from chatkit_agent.edits.mount_router import mount_router

if TYPE_CHECKING:
    from conftest import Run

APP = {"app/__init__.py": "", "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}
AUTH = """
import os

import jwt


def verify(token: str) -> str:
    payload = jwt.decode(token, {key}, algorithms=["{algorithm}"])
    return payload["{claim}"]
"""
MAIN, SIGN_IN = "chatkit-sidecar/chat/main.py", "chatkit-sidecar/chat/sign_in.py"


def signed_in(
    key: str = 'os.environ["SECRET_KEY"]', algorithm: str = "HS256", claim: str = "sub"
) -> dict[str, str]:
    return {**APP, "app/auth.py": AUTH.format(key=key, algorithm=algorithm, claim=claim)}


def beside(run: Run, files: dict[str, str], **asked: Any) -> Any:
    return run(deliver_service, files, mode="sidecar", **asked)


def test_nothing_in_the_applications_process(run: Run) -> None:
    assert run(deliver_service, signed_in()).changed == []


def test_the_applications_own_tokens_in_its_process(run: Run) -> None:
    files = signed_in('os.environ["OUR_KEY"]', "HS512", "user_id")
    edited = run(deliver_backend, files)
    text = edited.text("app/services/current_user.py")
    assert 'secret_variable: ClassVar[str] = "OUR_KEY"' in text
    assert 'AliasChoices(f"{ENV_PREFIX}JWT_SECRET", "OUR_KEY")' in text
    assert 'jwt_algorithm: str = "HS512"' in text
    assert 'jwt_user: str = "user_id"' in text
    tree = ast.parse(text)
    names = [a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names]
    assert set(names) <= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert max(map(len, text.splitlines())) <= 100


def test_tokens_whose_key_is_in_no_variable_stay_the_applications(run: Run) -> None:
    edited = run(deliver_backend, signed_in('"in the code"'))
    text = (REFERENCE / "services/current_user.py").read_text()
    assert edited.text("app/services/current_user.py") == text


def test_the_usual_names_give_the_reference_itself(run: Run) -> None:
    edited = beside(run, signed_in())
    assert edited.changed == [MAIN, SIGN_IN]
    for path in edited.changed:
        name = path.rpartition("/")[2]
        assert edited.text(path) == (REFERENCE / name).read_text()


def test_names_of_its_own(run: Run) -> None:
    edited = beside(run, signed_in('os.environ["JWT_KEY"]', "HS512", "user_id"), path="/talk")
    text = edited.text(SIGN_IN)
    assert 'secret_variable: ClassVar[str] = "JWT_KEY"' in text
    assert 'AliasChoices(f"{ENV_PREFIX}JWT_SECRET", "JWT_KEY")' in text
    assert 'jwt_algorithm: str = "HS512"' in text
    assert 'jwt_user: str = "user_id"' in text
    assert 'path="/talk"' in edited.text(MAIN)


def test_a_secret_in_the_code_is_never_copied(run: Run) -> None:
    text = beside(run, signed_in('"not to be copied"')).text(SIGN_IN)
    assert "not to be copied" not in text
    assert "jwt_secret" not in text
    assert "import AliasChoices" not in text
    assert 'jwt_user: str = "sub"' in text


@pytest.mark.parametrize("asked", [{}, {"auth": "jwt"}])
def test_tokens_of_its_own(asked: dict[str, str], run: Run) -> None:
    files = signed_in() if asked else APP
    edited = beside(run, files, **asked)
    assert edited.changed == [MAIN]
    assert "current_user=VerifiedUser()" in edited.text(MAIN)
    assert "sign_in" not in edited.text(MAIN)


def test_what_is_imported_is_used(run: Run) -> None:
    for key in ('"in the code"', 'os.environ["KEY"]'):
        tree = ast.parse(beside(run, signed_in(key)).text(SIGN_IN))
        names = [a.name for n in tree.body if isinstance(n, ast.ImportFrom) for a in n.names]
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert set(names) <= used


def test_a_folder_of_that_name_is_left_alone(run: Run) -> None:
    edited = beside(run, {**APP, "chatkit-sidecar/mine.txt": "mine\n"})
    assert edited.changed == ["chat-sidecar/chat/main.py"]


def test_what_stays_of_an_earlier_one_is_no_hindrance(run: Run) -> None:
    left = {"chatkit-sidecar/.env": "A=1\n", "chatkit-sidecar/.venv/pyvenv.cfg": ""}
    assert beside(run, {**APP, **left}).changed == [MAIN]


def test_what_the_code_says_is_quoted(run: Run) -> None:
    files = signed_in()
    odd = files["app/auth.py"].replace('"HS256"])', '"HS256"], issuer=\'a"b\\\\c\')')
    text = beside(run, {**files, "app/auth.py": odd}).text(SIGN_IN)
    tree = ast.parse(text)
    (issuer,) = (
        ast.literal_eval(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id == "jwt_issuer"
        and node.value
    )
    assert issuer == 'a"b\\c'


def test_the_applications_files_are_left_alone(run: Run) -> None:
    settings = (
        "from pydantic_settings import BaseSettings\n"
        "class S(BaseSettings, env_file='.env'):\n    a: int = 1\n"
    )
    files = {**APP, "requirements.txt": "fastapi\n", "app/s.py": settings, ".env.example": "A=1\n"}
    assert run(mount_router, files, mode="sidecar").changed == []
    assert run(allow_extra_settings, files, mode="sidecar").changed == []
    edited = run(declare_dependencies, files, mode="sidecar")
    assert edited.changed == ["chatkit-sidecar/pyproject.toml"]
    assert '"fastapi>=0.115"' in edited.text("chatkit-sidecar/pyproject.toml")
    assert run(extend_env_example, files, mode="sidecar").changed == [
        "chatkit-sidecar/.env.example"
    ]
