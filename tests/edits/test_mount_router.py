"""The router is mounted where it answers, in the style of the module, every other byte kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatkit_agent.edits.mount_router import mount_router

if TYPE_CHECKING:
    from conftest import Block, Run

IMPORT = "from app.services.chatkit_endpoint import create_chatkit_router\n"
VERIFIER = "from app.services.current_user import VerifiedUser\n"
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

# Each: what the module was, and what it becomes. `@` marks the lines that are new.
TRANSFORMED = {
    "nothing but the application": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser

app = FastAPI()
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
""",
    "beside its own imports, in order": """
import os

from fastapi import FastAPI

from app.api import router
from app.config import settings
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser
from app.zebra import stripes

app = FastAPI(title=settings.title)
app.include_router(router)
app.include_router(stripes)
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
""",
    "relative where the module is": """
from fastapi import FastAPI

from .api import router
@from .services.chatkit_endpoint import create_chatkit_router
@from .services.current_user import VerifiedUser
from .zebra import stripes

app = FastAPI()
app.include_router(router)
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
""",
    "first of its kind": """
from fastapi import FastAPI

@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser
from app.zebra import stripes

app = FastAPI()
app.include_router(stripes)
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
""",
    "after what sets the application up, before its routes": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser

app = FastAPI()
app.state.ready = True
if app.debug:
    app.add_middleware(Debugging)
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))


@app.get("/")
def home():
    return {}
""".replace("\n@app.get", "\n#app.get"),
    "in front of a mount that answers everything": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser

app = FastAPI()
app.mount("/static", StaticFiles())
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
app.mount("/", StaticFiles(html=True))
""",
    "in front of a route that answers everything": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser

app = FastAPI()
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))


#app.get("/{path:path}")
def page(path: str):
    return path


app.include_router(late)
""",
    "in front of the main guard, also where that includes routers": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser

app = FastAPI()
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))

if __name__ == "__main__":
    run(app)
else:
    app.include_router(router)
""",
    "before the application is wrapped": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser

app = FastAPI()
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
app = Wrapper(app)
""",
    "below routers that are included in a loop": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser

app = FastAPI()
for each in routers:
    app.include_router(each)
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
""",
    "never above load_dotenv": """
from dotenv import load_dotenv
from fastapi import FastAPI

load_dotenv()
@
@from app.services.chatkit_endpoint import create_chatkit_router  # noqa: E402
@from app.services.current_user import VerifiedUser  # noqa: E402

app = FastAPI()
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
""",
    "among the imports below load_dotenv": """
from dotenv import load_dotenv

load_dotenv()

from fastapi import FastAPI
from app.config import settings
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser

app = FastAPI()
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
""",
    "a docstring and a future import stay on top": '''
"""The application."""

from __future__ import annotations

from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser

app: FastAPI = FastAPI()
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
''',
    "a factory, before it returns": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser


def create_app() -> FastAPI:
    app = FastAPI()
    register(app)
@    app.include_router(create_chatkit_router(current_user=VerifiedUser()))
    return app


app = create_app()
""",
    "a factory, after its other routers": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser


def create_app() -> FastAPI:
    app = FastAPI()
    app.include_router(router)
@    app.include_router(create_chatkit_router(current_user=VerifiedUser()))
    app.mount("/", StaticFiles())
    return app


app = create_app()
""",
    "a factory that may return early": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser


def create_app() -> FastAPI:
    app = FastAPI()
@    app.include_router(create_chatkit_router(current_user=VerifiedUser()))
    if settings.bare:
        return app
    app.include_router(router)
    return app


app = create_app()
""",
    "a factory that gives the application away at once": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser


def create_app() -> FastAPI:
    return FastAPI()


app = create_app()
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
""",
    "newer syntax than this Python's": """
from fastapi import FastAPI
@
@from app.services.chatkit_endpoint import create_chatkit_router
@from app.services.current_user import VerifiedUser

type Numbers = list[int]
app = FastAPI()
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
""",
}


def test_an_application_that_is_returned_straight_away_gets_a_name(run: Run) -> None:
    main = f"{FASTAPI}\n\ndef build():\n    return FastAPI(\n        title='x',\n    )\n"
    files = {"main.py": main, "Procfile": "web: uvicorn --factory main:build\n"}
    text = run(mount_router, files).text("main.py")
    assert text.endswith(
        "def build():\n"
        "    app = FastAPI(\n"
        "        title='x',\n"
        "    )\n"
        "    app.include_router(create_chatkit_router(current_user=VerifiedUser()))\n"
        "    return app\n"
    )


def _before(marked: str) -> str:
    kept = [line for line in marked.lstrip("\n").splitlines() if not line.startswith("@")]
    return "".join(f"{line}\n" for line in kept).replace("#app.get", "@app.get")


def _after(marked: str) -> str:
    lines = [line.removeprefix("@") for line in marked.lstrip("\n").splitlines()]
    return "".join(f"{line}\n" for line in lines).replace("#app.get", "@app.get")


@pytest.mark.parametrize("case", TRANSFORMED)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_transformed(case: str, newline: str, run: Run) -> None:
    before = _before(TRANSFORMED[case]).replace("\n", newline)
    edited = run(mount_router, {"app/__init__.py": "", "app/main.py": before.encode()})
    after = edited.after.read("app/main.py").decode()
    assert after == _after(TRANSFORMED[case]).replace("\n", newline)
    assert edited.changed == ["app/main.py"]
    assert "".join(edited.inserted("app/main.py")).count(newline) == TRANSFORMED[case].count("\n@")


def test_a_missing_final_newline_stays_missing(run: Run) -> None:
    edited = run(mount_router, {"app/main.py": f"{FASTAPI}\napp = FastAPI()"})
    text = edited.text("app/main.py")
    assert text.endswith(
        "app = FastAPI()\n\napp.include_router(create_chatkit_router(current_user=VerifiedUser()))"
    )


def test_tabs_and_another_encoding_are_kept(run: Run) -> None:
    source = (
        "# -*- coding: latin-1 -*-\nfrom fastapi import FastAPI\n\n\n"
        "def create_app():\n\tapp = FastAPI(title='caf\xe9')\n\treturn app\n"
        "\n\napp = create_app()\n"
    )
    edited = run(mount_router, {"app/main.py": source.encode("latin-1")})
    text = edited.after.read("app/main.py").decode("latin-1")
    assert (
        "\tapp.include_router(create_chatkit_router(current_user=VerifiedUser()))\n\treturn app\n"
        in text
    )
    assert "title='caf\xe9'" in text


def test_a_byte_order_mark_is_kept(run: Run) -> None:
    source = ("\ufeff" + FASTAPI + "\napp = FastAPI()\n").encode()
    content = run(mount_router, {"app/main.py": source}).after.read("app/main.py")
    assert content.startswith("\ufeff".encode())
    assert content.count("\ufeff".encode()) == 1


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
    assert "create_chatkit_router(" in refusal.by_hand


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
    assert "from chatkit_backend.services.chatkit_endpoint import create_chatkit_router" in text


def test_a_package_that_is_the_application(run: Run) -> None:
    files = {
        "shop/__init__.py": f"{FASTAPI}\nfrom .api import router\n\napp = FastAPI()\n"
        "app.include_router(router)\n",
        "shop/api.py": ROUTER,
    }
    edited = run(mount_router, files)
    assert edited.inserted("shop/__init__.py") == [
        "from .services.chatkit_endpoint import create_chatkit_router\n",
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
    assert "include_router(create_chatkit_router(current_user=VerifiedUser()))" in refusal.by_hand
