"""The options of a chat in another folder are followed and told, unless others were asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chatkit_agent.errors import BadOption
from chatkit_agent.options.followed_chat import Template, read_template
from chatkit_agent.options.options import RequestedOptions
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"
STORE = "from chatkit.store import Store\n\n\nclass PostgresStore(Store[dict]): ...\n"
CONFIG = """from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class StoreConfig(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="RAG_AGENT_CHATKIT_")
    schema_name: str = Field(default="rag_agent_chat", description="the schema")
"""
ROUTE = """from fastapi import FastAPI, Header

app = FastAPI()


@app.post("/api/chatkit")
async def chat(user: str = Header(alias="X-User-ID")): ...
"""
BEARER = """from fastapi import Depends, FastAPI
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

app = FastAPI()


class User(BaseModel):
    id: int


def get_current_user(token: str = Depends(OAuth2PasswordBearer(tokenUrl="token"))) -> User:
    return User(id=1)


@app.post("/chatkit")
async def chat(user: User = Depends(get_current_user)): ...
"""


@pytest.fixture
def rag_agent(tmp_path: Path) -> Path:
    folder = tmp_path / "rag-agent"
    (folder / "app/chatkit_store").mkdir(parents=True)
    (folder / "app/__init__.py").touch()
    (folder / "app/chatkit_store/__init__.py").touch()
    (folder / "app/chatkit_store/postgres_store.py").write_text(STORE)
    (folder / "app/chatkit_store/config.py").write_text(CONFIG)
    (folder / "app/main.py").write_text(ROUTE)
    return folder


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / "module_level", tmp_path / "shop"))


def test_a_pattern_is_read(rag_agent: Path) -> None:
    assert read_template(rag_agent) == Template(
        folder="rag-agent",
        env_prefix="RAG_AGENT_CHATKIT",
        schema="rag_agent_chat",
        path="/api/chatkit",
        store="app/chatkit_store/postgres_store.py",
        identity="header",
    )


def test_a_sign_in_of_its_own_is_seen(rag_agent: Path) -> None:
    (rag_agent / "app/main.py").write_text(BEARER)
    assert read_template(rag_agent).identity == "dependency"


def test_its_choices_are_followed_and_told(rag_agent: Path, shop: Path) -> None:
    plan = make_plan(read_project(shop), RequestedOptions(reference=rag_agent))
    assert plan.options.path == "/api/chatkit"
    assert plan.notes[:5] == (
        "From `rag-agent`: the route `/api/chatkit`, followed.",
        "From `rag-agent`: the variables `RAG_AGENT_CHATKIT_*`, followed in form: here "
        "`NOTES_CHATKIT_*`.",
        "From `rag-agent`: the schema `rag_agent_chat`, followed in form: here `notes_chat`.",
        "From `rag-agent`: the folders `chatkit_store` and `services`, followed in "
        "`app/chatkit_store`.",
        "From `rag-agent`: who the user is comes from a header that anybody can send; not "
        "followed: here a verified token.",
    )


def test_what_was_asked_for_wins(rag_agent: Path, shop: Path) -> None:
    asked = RequestedOptions(reference=rag_agent, path="/talk", env_prefix="SHOP", schema="talks")
    plan = make_plan(read_project(shop), asked)
    assert (plan.options.path, plan.options.schema) == ("/talk", "talks")
    assert [note.rpartition(", ")[2] for note in plan.notes[:3]] == ["as you asked for."] * 3


def test_what_has_another_form_is_not_followed(rag_agent: Path, shop: Path) -> None:
    (rag_agent / "app/chatkit_store/config.py").write_text(
        CONFIG.replace("RAG_AGENT_CHATKIT_", "STORE_").replace("rag_agent_chat", "public")
    )
    (rag_agent / "app/chatkit_store").rename(rag_agent / "app/threads")
    notes = make_plan(read_project(shop), RequestedOptions(reference=rag_agent)).notes
    assert "variables `STORE_*`; not followed" in notes[1]
    assert "schema `public`; not followed" in notes[2]
    assert "the store is in `app/threads/postgres_store.py`; not followed" in notes[3]


def test_a_folder_without_a_chat_is_no_pattern(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadOption, match="no chat was found there"):
        make_plan(read_project(shop), RequestedOptions(reference=tmp_path / "empty"))


def test_a_chat_that_is_here_is_told_part_by_part(rag_agent: Path) -> None:
    (blocked,) = make_plan(read_project(rag_agent)).manual_steps
    told = blocked.snippet.splitlines()[1:]
    assert [line.partition(": ")[2].split()[0] for line in told] == ["replaced"] * 2 + ["added,"]
    assert told[0].startswith("- Store subclass in app/chatkit_store/postgres_store.py: replaced")
