"""The router is mounted with the user's own sign-in, and refused where it has no place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatkit_agent.edits.mount_router import mount_router

if TYPE_CHECKING:
    from conftest import Block, Run

IMPORT = "from app.services.chatkit_server import create_chatkit_router\n"
INCLUDE = "app.include_router(create_chatkit_router(current_user=VerifiedUser()))\n"
FASTAPI = "from fastapi import FastAPI\n"
ROUTER = "from fastapi import APIRouter\nrouter = APIRouter()\n"
SIGN_IN = """from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

scheme = OAuth2PasswordBearer(tokenUrl="token")


class User(BaseModel):
    id: int


def get_current_user(token: str = Depends(scheme)) -> User:
    return User(id=1)
"""

ROUTE = "\n\n@app.get('/me')\ndef me(user: User = Depends(get_current_user)):\n    return user\n"
API = (
    "from fastapi import APIRouter, Depends\nfrom app.deps import User, get_current_user\n\n"
    "router = APIRouter()\n" + ROUTE.replace("@app", "@router")
)
SIGNED_IN = {
    "app/__init__.py": "",
    "app/deps.py": SIGN_IN,
    "app/api.py": API,
    "app/main.py": f"{FASTAPI}\nfrom app.api import router\n\napp = FastAPI()\n"
    "app.include_router(router)\n",
}


def test_the_users_dependency_is_imported_and_given(run: Run) -> None:
    assert run(mount_router, SIGNED_IN).inserted("app/main.py") == [
        "from app.deps import get_current_user\n",
        IMPORT,
        "app.include_router(\n",
        "    create_chatkit_router(current_user=get_current_user, user_id=lambda user: user.id)\n",
        ")\n",
    ]


METHOD = (
    SIGN_IN.replace(
        "def get_current_user(", "class Control:\n    @classmethod\n    def current_user(cls, "
    )
    .replace("    return User", "        return User")
    .rstrip()
    + "\n\n\nDependAuth = Depends(Control.current_user)\n"
)


def test_a_class_method_is_given_by_its_class(run: Run) -> None:
    api = (
        "from fastapi import APIRouter\nfrom app.deps import DependAuth\n\nrouter = APIRouter()\n"
        '\n\n@router.get("/me")\ndef me(user=DependAuth):\n    return user\n'
    )
    edited = run(mount_router, {**SIGNED_IN, "app/deps.py": METHOD, "app/api.py": api})
    assert edited.inserted("app/main.py") == [
        "from app.deps import Control\n",
        IMPORT,
        "app.include_router(\n",
        "    create_chatkit_router(\n",
        "        current_user=Control.current_user, user_id=lambda user: user.id\n",
        "    )\n",
        ")\n",
    ]


def test_a_dependency_of_the_same_module_comes_first(run: Run) -> None:
    main = f"{FASTAPI}{SIGN_IN}".replace("scheme =", "app = FastAPI()\n\nscheme =") + ROUTE
    edited = run(mount_router, {"app/main.py": main})
    text = edited.text("app/main.py")
    assert text.index("def get_current_user") < text.index("app.include_router")
    assert "import get_current_user" not in text


def test_a_dependency_that_is_imported_already_is_not_imported_twice(run: Run) -> None:
    main = (
        "from fastapi import Depends, FastAPI\n\nfrom app.deps import User, get_current_user\n\n"
        f"app = FastAPI()\n{ROUTE}"
    )
    edited = run(mount_router, {"app/__init__.py": "", "app/deps.py": SIGN_IN, "app/main.py": main})
    assert edited.text("app/main.py").count("import User, get_current_user") == 1
    assert IMPORT in edited.text("app/main.py")
    assert not any("import get_current_user" in each for each in edited.inserted("app/main.py"))


CIRCLE = {**SIGNED_IN, "app/deps.py": SIGN_IN + "\n\nfrom app import main\n"}
FACTORY = "def create_app():\n    app = FastAPI()\n    return app\n\n\napp = create_app()\n"


def test_a_circle_is_broken_inside_the_factory(run: Run) -> None:
    edited = run(mount_router, {**CIRCLE, "app/main.py": f"{FASTAPI}\n\n{FACTORY}"})
    assert "    from app.deps import get_current_user\n" in edited.inserted("app/main.py")
    assert "from app.deps import get_current_user\n" not in edited.inserted("app/main.py")


def test_a_circle_at_module_level_is_refused(blocked: Block) -> None:
    refusal = blocked(mount_router, {**CIRCLE, "app/main.py": f"{FASTAPI}\napp = FastAPI()\n"})
    assert "circle" in refusal.reason
    assert "create_chatkit_router(" in refusal.snippet


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import User", "import User, get_current_user"),
        ("import SECRET, User, scheme", "import SECRET, User, get_current_user, scheme"),
        ("import User as Person", "import User as Person, get_current_user"),
        ("import User  # mine", "import User  # mine\nfrom app.deps import get_current_user"),
        ("import (\n    User,\n)", "import (\n    User,\n)\nfrom app.deps import get_current_user"),
        ("import scheme", "import scheme\nfrom app.deps import get_current_user"),
    ],
)
def test_a_name_joins_an_import_of_the_same_module(old: str, new: str, run: Run) -> None:
    after = "from app.api import router\n"
    main = SIGNED_IN["app/main.py"].replace(after, f"{after}from app.deps {old}\n")
    edited = run(mount_router, {**SIGNED_IN, "app/main.py": main})
    assert f"from app.deps {new}\n" in edited.text("app/main.py")


def test_another_use_of_the_dependencys_name_is_refused(blocked: Block) -> None:
    main = f"from elsewhere import anything as get_current_user\n{SIGNED_IN['app/main.py']}"
    assert "get_current_user" in blocked(mount_router, {**SIGNED_IN, "app/main.py": main}).reason


def test_a_path_is_given_where_it_is_not_the_usual_one(run: Run) -> None:
    main = {"app/main.py": f"{FASTAPI}\napp = FastAPI()\n"}
    text = run(mount_router, main, path="/assistant").text("app/main.py")
    assert 'create_chatkit_router(current_user=VerifiedUser(), path="/assistant")\n' in text


def test_lines_are_as_long_as_the_project_has_them(run: Run) -> None:
    files = {**SIGNED_IN, "pyproject.toml": "[tool.ruff]\nline-length = 120\n"}
    assert (
        "app.include_router(create_chatkit_router("
        "current_user=get_current_user, user_id=lambda user: user.id))\n"
    ) in run(mount_router, files).inserted("app/main.py")


def test_a_flat_module_imports_from_a_package_of_its_own(run: Run) -> None:
    text = run(mount_router, {"main.py": f"{FASTAPI}\napp = FastAPI()\n"}).text("main.py")
    assert "from chatkit_backend.services.chatkit_server import create_chatkit_router" in text


def test_a_package_that_is_the_application(run: Run) -> None:
    files = {
        "shop/__init__.py": f"{FASTAPI}\nfrom .api import router\n\napp = FastAPI()\n"
        "app.include_router(router)\n",
        "shop/api.py": ROUTER,
    }
    edited = run(mount_router, files)
    assert edited.inserted("shop/__init__.py") == [
        "from .services.chatkit_server import create_chatkit_router\n",
        "from .services.current_user import VerifiedUser\n",
        INCLUDE,
    ]


@pytest.mark.parametrize("where", ["app/main.py", "app/api.py"])
def test_noop_where_it_is_mounted_already(where: str, run: Run) -> None:
    files = {"app/__init__.py": "", "app/main.py": f"{FASTAPI}\napp = FastAPI()\n"}
    mounted = f"{IMPORT}\n\ndef add(app):\n    {INCLUDE}"
    files[where] = files.get(where, "") + mounted
    assert run(mount_router, files).changed == []


@pytest.mark.parametrize(
    "main",
    [
        "def build():\n    return FastAPI(title=app, description=application)\n",
        "def build():\n    if bare:\n        return FastAPI()\n    return FastAPI(title='x')\n",
        "def build():\n    app = FastAPI(); return app\n",
        "def build(): return FastAPI()\n",
    ],
)
def test_a_factory_without_a_place_is_refused(main: str, blocked: Block) -> None:
    files = {
        "app/main.py": f"{FASTAPI}\n\n{main}",
        "Procfile": "web: uvicorn --factory app.main:build\n",
    }
    refusal = blocked(mount_router, files)
    assert "app/main.py" in refusal.reason
    assert "include_router(create_chatkit_router(current_user=VerifiedUser()))" in refusal.snippet
