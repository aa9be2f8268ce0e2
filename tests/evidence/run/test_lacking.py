"""An application whose env file is not there: what it asks for is lent, and nothing else."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chatkit_agent.apply.apply import apply
from chatkit_agent.checks.verification import verify
from chatkit_agent.evidence.run.booting import running
from chatkit_agent.evidence.run.lacking import Lack, heed, lacks_in, more_lent, with_loans
from chatkit_agent.evidence.run.made_up import Wanted
from chatkit_agent.evidence.run.staging import set_stage
from chatkit_agent.evidence.run.subject import Subject
from chatkit_agent.options.interpreters import find_interpreter
from chatkit_agent.options.options import RequestedOptions, choose
from chatkit_agent.plan.plan import make_plan
from chatkit_agent.project.read import read_project
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree
from chatkit_agent.sandbox.isolation import Isolation, LentVariable
from tests.evidence.run.test_booting import get
from tests.sandbox.isolation.test_confinement import Listener

TELLS = """
@app.get("/told")
def told():
    import os
    return {name: value for name, value in os.environ.items()}
"""
APP = f"from fastapi import FastAPI\napp = FastAPI()\n{TELLS}"
SETTINGS = "from pydantic_settings import BaseSettings\n"


def project(root: Path, code: str, files: Mapping[str, str]) -> Subject:
    for name, text in {"main.py": code, "requirements.txt": "fastapi\nuvicorn\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    found = read_project(root)
    options = choose(found, RequestedOptions(auth="none", tools="none"))
    return Subject(found, options, without_chat={}, python=sys.executable)


def booted(
    root: Path, code: str, files: Mapping[str, str] | None = None, **given: object
) -> tuple[str | None, Isolation, dict[str, str]]:
    """Why it did not start, what was lent to it, and its environment."""
    subject = replace(project(root, code, files or {}), **given)  # type: ignore[arg-type]
    interpreter = find_interpreter(subject.project, sys.executable)

    def look(each: Subject) -> tuple[str | None, Isolation, dict[str, str]]:
        with (
            tempfile.TemporaryDirectory() as folder,
            set_stage(each, interpreter, None, Path(folder).resolve()) as stage,
            running(stage.without_chat({})) as app,
        ):
            if app.url is None:
                heed(stage)
            told = get(app.url, "/told").json() if app.url else {}
            return app.boot.error, stage.isolation, told

    return with_loans(subject, interpreter.packages, look)


def sources_of(isolation: Isolation) -> dict[str, str | None]:
    return {each.name: each.source for each in isolation.variables}


def test_settings_from_an_example_and_made_up(tmp_path: Path) -> None:
    code = (
        SETTINGS
        + "from pydantic import Field, SecretStr\nclass Settings(BaseSettings):\n"
        + "    database_url: str\n    jwt_secret: SecretStr = Field(min_length=48)\n"
        + "    redis_url: str\n    minutes: int\n    colour: str = 'red'\n"
        + "settings = Settings()\nimport psycopg\npsycopg.connect(settings.database_url).close()\n"
        + APP
    )
    example = (
        "DATABASE_URL=postgresql://me:hunter22hunter@db.example.com/shop\nJWT_SECRET=changeme\n"
        "REDIS_URL=redis://cache.example.com:6379/0\nCOLOUR=blue\nPATH=/evil\nOTHER=1\n"
    )
    error, isolation, told = booted(tmp_path, code, {".env.example": example})
    assert error is None
    assert sources_of(isolation) == {
        "DATABASE_URL": ".env.example",
        "JWT_SECRET": None,
        "REDIS_URL": ".env.example",
        "MINUTES": None,
    }
    assert "example.com" not in json.dumps(told)
    assert "hunter22hunter" not in json.dumps(told)
    assert "/evil" not in told["PATH"]
    assert not {"OTHER", "COLOUR"} & set(told)
    (note, *_) = isolation.notes()
    assert "`DATABASE_URL` (from `.env.example`), `JWT_SECRET` (made up)" in note
    assert told["JWT_SECRET"] not in " ".join(isolation.notes())
    assert not (tmp_path / ".env").exists()


def test_what_is_set_is_never_lent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os\nA, B, C = os.environ['A_SIZE'], os.environ['B_SIZE'], os.environ['C_SIZE']\n"
    monkeypatch.setenv("A_SIZE", "mine")
    given = tmp_path / "given.env"
    given.write_text("B_SIZE=given\n")
    files = {".env.example": "A_SIZE=x\nB_SIZE=x\nC_SIZE=x\n", ".env": "C_SIZE=unread\n"}
    error, isolation, told = booted(tmp_path, code + APP, files, env_file=given)
    assert error is None
    assert (told["A_SIZE"], told["B_SIZE"], told["C_SIZE"]) == ("mine", "given", "unread")
    assert sources_of(isolation) == {"C_SIZE": ".env"}


def test_an_application_that_starts_gets_nothing(tmp_path: Path) -> None:
    code = "import os\nassert os.getenv('A_SIZE') is None\n" + APP
    error, isolation, told = booted(tmp_path, code, {".env.example": "A_SIZE=1\n"})
    assert error is None
    assert isolation.variables == ()
    assert "A_SIZE" not in told


def test_what_runs_programs_is_not_lent(tmp_path: Path) -> None:
    code = "import os\nos.environ['LD_PRELOAD']\n" + APP
    error, isolation, _ = booted(tmp_path, code, {".env.example": "LD_PRELOAD=/evil\n"})
    assert error
    assert "LD_PRELOAD" in error
    assert isolation.variables == ()


@pytest.mark.parametrize(
    "name",
    [
        *(
            "PATH",
            "PYTHONSTARTUP",
            "PYTHONPATH",
            "HTTPS_PROXY",
            "no_proxy",
            "BASH_ENV",
            "HOME",
            "CI",
            "GITHUB_ACTIONS",
        ),
        *(
            "DYLD_INSERT_LIBRARIES",
            "PGSERVICEFILE",
            "SSH_AUTH_SOCK",
            "a b",
            "A=B",
            "CHATKIT_AGENT_X",
            "WEB_CONCURRENCY",
        ),
    ],
)
def test_nor_is_what_is_no_setting(tmp_path: Path, name: str) -> None:
    (tmp_path / "lacks").write_text(json.dumps({"names": [name]}))
    assert lacks_in(tmp_path / "lacks")[0].names == ()


def test_an_example_of_services_is_sent_no_packet(tmp_path: Path) -> None:
    with closing(Listener()) as service:
        code = (
            "import os, socket, urllib.request\n"
            "from urllib.parse import urlsplit\n"
            "for name in ('CACHE_URL', 'BILLING_URL', 'QUEUE_URL'):\n"
            "    at = urlsplit(os.environ[name])\n"
            "    try:\n"
            "        socket.create_connection((at.hostname, at.port), 2)\n"
            "    except OSError as error:\n"
            "        print(name, error)\n" + APP
        )
        example = "".join(
            f"{name}={scheme}://127.0.0.1:{service.port}/0\n"
            for name, scheme in (("CACHE_URL", "memcached"), ("BILLING_URL", "http"))
        )
        error, isolation, told = booted(tmp_path, code, {".env.sample": example})
    assert error is None
    assert sources_of(isolation)["QUEUE_URL"] is None
    assert service.came == 0
    assert str(service.port) not in told["CACHE_URL"]
    assert {each.variable for each in isolation.attempts} >= {"CACHE_URL", "BILLING_URL"}


def test_an_env_file_that_has_to_be_there_is_made_in_the_copy(tmp_path: Path) -> None:
    code = (
        "from dotenv import dotenv_values, load_dotenv\nassert load_dotenv()\n"
        "KEY = dotenv_values('.env')['API_KEY']\n" + APP
    )
    error, isolation, _ = booted(tmp_path, code, {"env.template": "API_KEY=abcdef\nMORE=1\n"})
    assert error is None
    assert sources_of(isolation) == {"API_KEY": "env.template"}
    assert not (tmp_path / ".env").exists()


def test_a_value_that_is_not_taken_gives_way_to_another(tmp_path: Path) -> None:
    code = (
        "import os\nSIZE = int(os.environ['A_THING'])\n"
        "if len(os.environ['A_SECRET']) < 32:\n    raise RuntimeError('A_SECRET is short')\n" + APP
    )
    error, isolation, _ = booted(tmp_path, code, {".env.example": "A_SECRET=short-one\n"})
    assert error is None
    assert sources_of(isolation) == {"A_THING": None, "A_SECRET": None}
    assert not isolation.refusing


def test_what_takes_no_value_ends_and_says_so(tmp_path: Path) -> None:
    code = "import os\nraise ValueError('bad A_THING: ' + os.environ['A_THING'])\n" + APP
    error, isolation, _ = booted(tmp_path, code)
    assert error
    assert "`A_THING`" in isolation.refusing


def test_a_whole_class_that_is_refused_gets_what_its_example_says(tmp_path: Path) -> None:
    code = (
        SETTINGS
        + "from pydantic import model_validator\nclass Settings(BaseSettings):\n"
        + "    stage: str = 'production'\n    mail: str = ''\n"
        + "    @model_validator(mode='after')\n    def fits(self):\n"
        + "        if self.stage == 'production' and not self.mail:\n"
        + "            raise ValueError('no mail there')\n        return self\nSettings()\n"
        + APP
    )
    error, isolation, told = booted(tmp_path, code, {".env.example": "STAGE=local\nOTHER=1\n"})
    assert error is None
    assert sources_of(isolation) == {"STAGE": ".env.example"}
    assert "OTHER" not in told


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    return project(tmp_path, APP, {".env.example": "STORE=x://y\n"})


def test_every_value_is_tried_once(subject: Subject) -> None:
    sources = Sources(Tree(subject.project.root))
    tried = []
    lack = Lack(("STORE",), wanted=Wanted(""))
    more = more_lent(subject, [lack], sources, {})
    while more != subject:
        subject = more
        tried.append(subject.lent[0].value)
        more = more_lent(subject, [replace(lack, is_refused=True)], sources, {})
    assert tried[0] == "x://y"
    assert len(tried) == len(set(tried)) > 2
    assert more_lent(subject, [lack], sources, {}) == subject


def test_a_package_that_the_project_declares_aside(tmp_path: Path) -> None:
    groups = '[project]\nname = "shop"\ndependencies = ["fastapi"]\n[dependency-groups]\n'
    subject = project(tmp_path, APP, {"pyproject.toml": f'{groups}dev = ["aiosqlite>=0.21"]\n'})
    sources, lack = Sources(Tree(subject.project.root)), Lack(modules=("aiosqlite", "bcrypt"))
    more = more_lent(subject, [lack], sources, {})
    assert more.project.packaging.also == ("aiosqlite>=0.21",)
    assert more_lent(more, [lack], sources, {}) == more


def test_the_nearest_migrations_where_tables_are_missing(tmp_path: Path) -> None:
    files = {"a/alembic.ini": "", "old/deep/alembic.ini": ""}
    subject = project(tmp_path, APP, files)
    sources, lack = Sources(Tree(subject.project.root)), Lack(tables=True)
    more = more_lent(subject, [lack], sources, {"alembic": "1.18"})
    assert more.migrations == "a/alembic.ini"
    assert more_lent(more, [lack], sources, {"alembic": "1.18"}) == more
    assert more_lent(subject, [lack], sources, {}) == subject


def test_what_is_written_down_may_be_anything(tmp_path: Path) -> None:
    lines = ("", "{", "[1]", "null", "[" * 100_000, '{"names": 1}', '{"files": [1]}', "\0", "\xff")
    (tmp_path / "lacks").write_bytes("\n".join((*lines, '{"names": ["A"]}')).encode("latin-1"))
    assert [each.names for each in lacks_in(tmp_path / "lacks") if each.names] == [("A",)]


SIGNED_IN = """
import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    jwt_secret: str
    jwt_algorithm: str
    jwt_issuer: str
    jwt_audience: str


settings = Settings()
app = FastAPI()


def get_current_user(sent: HTTPAuthorizationCredentials = Depends(HTTPBearer())) -> dict:
    try:
        claims = jwt.decode(
            sent.credentials,
            settings.jwt_secret,
            algorithms=[settings.jwt_algorithm],
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            options={"require": ["exp", "sub"]},
        )
    except jwt.PyJWTError:
        raise HTTPException(401, "no")
    return {"id": claims["sub"]}


@app.get("/me")
def me(user: dict = Depends(get_current_user)) -> dict:
    return user
"""


def test_tokens_are_signed_as_the_lent_variables_say(tmp_path: Path) -> None:
    files = {
        ".env.example": "JWT_SECRET=\nJWT_ALGORITHM=HS384\nJWT_ISSUER=https://id.example.com/\n"
    }
    project(tmp_path, SIGNED_IN, files)
    apply(make_plan(read_project(tmp_path), RequestedOptions(tools="none")))
    report = verify(tmp_path, python=Path(sys.executable))
    assert [each.name for each in report.checks if each.outcome != "passed"] == []
    assert any("`get_current_user` itself signed" in note for note in report.notes)
    assert {each.name: each.source for each in report.isolation.variables} == {
        "JWT_SECRET": None,
        "JWT_ALGORITHM": ".env.example",
        "JWT_ISSUER": ".env.example",
        "JWT_AUDIENCE": None,
    }


def test_what_an_own_file_has_is_not_said_to_be_set_nowhere() -> None:
    own, example = LentVariable("A", "deploy/.env", is_own=True), LentVariable("B", ".env.example")
    said = Isolation(variables=(own, example)).lending
    assert "did not load by itself, so the sandbox lent it: `A` (from `deploy/.env`)." in said
    assert "Set nowhere, so the sandbox lent it: `B` (from `.env.example`)." in said
    assert "nowhere" not in Isolation(variables=(own,)).lending
    assert Isolation().lending == ""
