"""The router is mounted where it answers, in the style of the module, every other byte kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatkit_agent.edits.mount_router import mount_router

if TYPE_CHECKING:
    from conftest import Run

FASTAPI = "from fastapi import FastAPI\n"

# Each: what the module was, and what it becomes. `@` marks the lines that are new.
TRANSFORMED = {
    "nothing but the application": """
from fastapi import FastAPI
@
@from app.services.chatkit_server import create_chatkit_router
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
@from app.services.chatkit_server import create_chatkit_router
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
@from .services.chatkit_server import create_chatkit_router
@from .services.current_user import VerifiedUser
from .zebra import stripes

app = FastAPI()
app.include_router(router)
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
""",
    "first of its kind": """
from fastapi import FastAPI

@from app.services.chatkit_server import create_chatkit_router
@from app.services.current_user import VerifiedUser
from app.zebra import stripes

app = FastAPI()
app.include_router(stripes)
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
""",
    "after what sets the application up, before its routes": """
from fastapi import FastAPI
@
@from app.services.chatkit_server import create_chatkit_router
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
@from app.services.chatkit_server import create_chatkit_router
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
@from app.services.chatkit_server import create_chatkit_router
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
@from app.services.chatkit_server import create_chatkit_router
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
@from app.services.chatkit_server import create_chatkit_router
@from app.services.current_user import VerifiedUser

app = FastAPI()
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
app = Wrapper(app)
""",
    "below routers that are included in a loop": """
from fastapi import FastAPI
@
@from app.services.chatkit_server import create_chatkit_router
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
@from app.services.chatkit_server import create_chatkit_router  # noqa: E402
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
@from app.services.chatkit_server import create_chatkit_router
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
@from app.services.chatkit_server import create_chatkit_router
@from app.services.current_user import VerifiedUser

app: FastAPI = FastAPI()
@
@app.include_router(create_chatkit_router(current_user=VerifiedUser()))
''',
    "a factory, before it returns": """
from fastapi import FastAPI
@
@from app.services.chatkit_server import create_chatkit_router
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
@from app.services.chatkit_server import create_chatkit_router
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
@from app.services.chatkit_server import create_chatkit_router
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
@from app.services.chatkit_server import create_chatkit_router
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
@from app.services.chatkit_server import create_chatkit_router
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
