"""A repository that names or links what is elsewhere, or is too much: told, and not read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from chatkit_agent.errors import BadOption
from chatkit_agent.frontends.cli import main
from chatkit_agent.project.read import read_project

SECRET = "internal-project-codename"
VARIABLE = "VARIABLE_OF_SOMEBODY_ELSE"
MAIN = "from fastapi import FastAPI\n\napp = FastAPI()\n"
SETTINGS = (
    "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n"
    '    model_config = {"env_file": "../outside/.env"}\n'
)
Attack = Callable[[Path, Path], object]


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


ATTACKS: dict[str, Attack] = {
    "-r above": lambda root, _: put(root, **{"requirements.txt": "-r ../outside/secret.txt\n"}),
    "--requirement= above": lambda root, _: put(
        root, **{"requirements.txt": "fastapi\n--requirement=../outside/secret.txt\n"}
    ),
    "-c above": lambda root, _: put(
        root, **{"requirements.txt": "fastapi\n-c ../outside/secret.txt\n"}
    ),
    "-r from the root": lambda root, outside: put(
        root, **{"requirements.txt": f"fastapi\n-r {outside}/secret.txt\n"}
    ),
    "-r by way of a folder": lambda root, _: put(
        root, **{"requirements.txt": "-r a/../../outside/secret.txt\n", "a/x": ""}
    ),
    "a file that is a link": lambda root, outside: (root / "requirements.txt").symlink_to(
        outside / "secret.txt"
    ),
    "a folder that is a link": lambda root, outside: (
        (root / "reqs").symlink_to(outside),
        put(root, **{"requirements.txt": "fastapi\n-r reqs/secret.txt\n"}),
    ),
    "a link to a link": lambda root, outside: (
        (root / "one").symlink_to("two"),
        (root / "two").symlink_to(outside),
        put(root, **{"requirements.txt": "fastapi\n-r one/secret.txt\n"}),
    ),
    "dynamic dependencies": lambda root, _: put(
        root,
        **{
            "pyproject.toml": '[project]\nname = "a"\ndynamic = ["dependencies"]\n'
            "[tool.setuptools.dynamic]\n"
            'dependencies = { file = ["../outside/secret.txt"] }\n'
        },
    ),
    "hatch requirements": lambda root, _: put(
        root,
        **{
            "pyproject.toml": '[project]\nname = "a"\ndynamic = ["dependencies"]\n'
            "[tool.hatch.metadata.hooks.requirements_txt]\n"
            'files = ["../outside/secret.txt"]\n'
        },
    ),
    "a compiled file": lambda root, _: put(
        root,
        **{"requirements.txt": "# pip-compile ../outside/secret.txt\nfastapi==0.115.0\n"},
    ),
    "a project file that is a link": lambda root, outside: (
        put(outside, **{"pyproject.toml": f'[project]\nname = "{SECRET}"\n'}),
        (root / "pyproject.toml").symlink_to(outside / "pyproject.toml"),
    ),
    "a module that is a link": lambda root, outside: (
        (root / "module.py").symlink_to(outside / "module.py"),
        put(root, **{"main.py": f"from module import *\n{MAIN}"}),
    ),
    "settings of an env file above": lambda root, _: put(root, **{"settings.py": SETTINGS}),
    "an env file that is a link": lambda root, outside: (root / ".env").symlink_to(
        outside / ".env"
    ),
    "an env file of compose": lambda root, _: put(
        root,
        **{
            "compose.yml": "services:\n  app:\n    command: uvicorn main:app\n"
            "    env_file: ../outside/.env\n"
        },
    ),
    "an image": lambda root, _: put(
        root,
        Dockerfile="FROM python\nRUN pip install -r ../outside/secret.txt\nCMD uvicorn main:app\n",
    ),
    "an environment that is a link": lambda root, outside: (
        put(
            outside,
            **{
                "pyvenv.cfg": "version = 3.9.1\n",
                "lib/python3.9/site-packages/starlette-0.1.dist-info/METADATA": "",
                f"lib/python3.9/site-packages/{SECRET.replace('-', '_')}-1.dist-info/METADATA": "",
            },
        ),
        (root / ".venv").symlink_to(outside),
    ),
}
TOLD = {
    "-r above",
    "--requirement= above",
    "-c above",
    "-r from the root",
    "-r by way of a folder",
    "a folder that is a link",
    "a link to a link",
    "dynamic dependencies",
    "hatch requirements",
    "settings of an env file above",
}


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    put(
        folder,
        **{
            "secret.txt": f"fastapi\n{SECRET}==1.0\n",
            ".env": f"{VARIABLE}={SECRET}\n",
            "module.py": f"from fastapi import FastAPI\nx = FastAPI(title={SECRET!r})\n",
        },
    )
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path / "repository", **{"main.py": MAIN})
    return tmp_path / "repository"


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.mark.parametrize("command", ["inspect", "doctor"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_outside_is_read(attack: str, command: str, root: Path, outside: Path) -> None:
    ATTACKS[attack](root, outside)
    done = run(command, "--json", str(root))
    assert json.loads(done.stdout)
    said = done.stdout + done.stderr
    assert SECRET not in said
    assert VARIABLE not in said
    assert "starlette" not in said.lower() or attack != "an environment that is a link"
    if command == "inspect" and attack in TOLD:
        assert "is outside of the project" in " ".join(read_project(root).unreadable)


UV = (
    f'[project]\nname = "a"\nversion = "1"\ndependencies = ["fastapi", "{SECRET}"]\n'
    f"[tool.uv.sources]\n{SECRET} = "
)
POETRY = '[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\nfastapi = "*"\n'
OF_OTHERS = {
    "outside": {"requirements.txt": "fastapi\nmine\n-r ../outside/secret.txt\n"},
    "uv, an address": {"pyproject.toml": f'{UV}{{ url = "http://127.0.0.1:9/x.whl" }}\n'},
    "uv, another index": {"pyproject.toml": f'{UV}[{{ index = "ours" }}]\n'},
    "poetry, another index": {
        "pyproject.toml": f'{POETRY}{SECRET} = {{ version = "^1", source = "ours" }}\n'
    },
}


@pytest.mark.parametrize("files", OF_OTHERS.values(), ids=OF_OTHERS)
def test_the_index_hears_of_nothing_that_is_not_its_own(
    files: dict[str, str], root: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Index)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("UV_CACHE_DIR", str(outside / "cache"))
    for name in ("UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    put(root, **files)
    done = run("plan", "--json", str(root))
    server.shutdown()
    server.server_close()
    assert SECRET not in done.stdout + done.stderr or "pyproject.toml" in files
    assert any("fastapi" in each for each in asked)
    assert not [each for each in asked if SECRET in each]


WATCHED = """
import sys
from chatkit_agent.frontends.cli import main
asked = []
OUT = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request")
sys.addaudithook(lambda name, what: asked.append(f"{name} {what}") if name in OUT else None)
for command in (["inspect"], ["doctor"]):
    try:
        main([*command, sys.argv[1]])
    except SystemExit as end:
        print("\\nENDED", command[0], end.code, file=sys.stderr)
print("\\nASKED", asked, file=sys.stderr)
"""


def test_what_only_reads_speaks_with_nobody_but_the_index(
    root: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Anybody(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def do_CONNECT(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Anybody)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, address)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://index.invalid/simple/")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(outside / "cache"))
    put(root, **{"main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"})
    put(root, **{"requirements.txt": "fastapi\n"})
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(root)], capture_output=True, text=True, check=False
    )
    server.shutdown()
    server.server_close()
    said = done.stderr.splitlines()
    ended = [each.split()[1:] for each in said if each.startswith("ENDED")]
    assert [each[0] for each in ended] == ["inspect", "doctor"], done.stderr
    assert "ASKED []" in said
    assert {each.split("/")[2].partition(":")[0] for each in asked} <= {"index.invalid"}


SOURCES = {
    "a long sum": " + ".join(["1"] * 1000),
    "a very long sum": " + ".join(["1"] * 100_000),
    "brackets": "(" * 5000 + ")" * 5000,
    "calls": "f" + "()" * 5000,
    "attributes": "a" + ".b" * 5000,
    "not": "not " * 5000 + "a",
    "minus": "-" * 5000 + "1",
    "lambda": "lambda: " * 5000 + "1",
    "ternary": "1 if a else " * 3000 + "2",
    "and": " and ".join(["a"] * 5000),
    "strings": "(" + "\n".join(['"a"'] * 5000) + ")",
    "f-string": "f'{" + "(" * 3000 + "1" + ")" * 3000 + "}'",
    "subscripts": "a" + "[0]" * 5000,
    "awaits": "await " * 5000 + "a",
    "elif": "0\nif a:\n    pass\n" + "elif a:\n    pass\n" * 3000,
    "blocks": "0\n" + "".join(f"{' ' * n}if a:\n" for n in range(500)) + " " * 500 + "pass",
}


@pytest.mark.parametrize("kind", SOURCES)
def test_source_that_goes_too_deep_is_named(kind: str, root: Path) -> None:
    text = f"from fastapi import FastAPI\nother = FastAPI()\ny = {SOURCES[kind]}\n"
    put(root, **{"deep.py": text})
    for command in ("inspect", "doctor"):
        done = run(command, "--json", str(root))
        assert json.loads(done.stdout)
    project = read_project(root)
    assert project.app
    assert project.unreadable == ("deep.py: its code goes more than 200 levels deep",)


FILES = {
    "pyproject.toml": [
        "a = " + "[" * 5000 + "]" * 5000,
        "a = " + "{b=" * 3000 + "1" + "}" * 3000,
        "\n".join(f"[a{'.b' * 500}{n}]" for n in range(50)),
        "x" * 600_000,
        'project = "a"\ntool = 3\n',
        '[project]\nname = 3\ndependencies = {a = 1}\nrequires-python = ["x"]\n',
        '[project]\nname = "a"\nrequires-python = "nonsense"\ndependencies = [1, "=="]\n',
        '[project]\noptional-dependencies = ["a"]\n[dependency-groups]\na = 3\n',
        "[tool.poetry]\ndependencies = 3\ngroup = [1]\n",
        "[tool.poetry.dependencies]\npython = [3]\nfastapi = {version = 3, extras = 4}\n",
        "[tool]\nhatch = 3\nsetuptools = 4\nuv = 5\n",
        "[tool.setuptools]\ndynamic = 3\n[tool.hatch]\nenvs = 3\nmetadata = []\n",
        "\x00\x01\x02",
    ],
    "requirements.txt": [
        "fastapi" + "=" * 200_000,
        "a" * 2_000_000,
        "-r requirements.txt\n" * 2000,
        "\n".join(f"-r r{n}.txt" for n in range(2000)),
        "fastapi ; " + "(" * 3000 + "python_version > '3'" + ")" * 3000,
        "a[" + "b," * 50_000 + "b]==1",
        "\x00\ufeff\ud7ff",
    ],
    "setup.cfg": [
        "[options\ninstall_requires = a",
        "[a]\n" * 3 + "=\n",
        "[options]\ninstall_requires",
    ],
    "compose.yml": [
        "a: &a [x]\n" + "\n".join(f"b{n}: &b{n} [*a, *a]" for n in range(200)),
        "services:\n  a:\n    environment:\n" + "      - A=" + "b" * 500_000,
        "services:\n" + "  " * 50_000 + "a: 1\n",
    ],
    "environment.yml": ["dependencies:\n" + "  - " * 50_000 + "a"],
    "package.json": ["[" * 100_000],
    ".env": ["A=" + "\\" * 200_000, "A='" + "b" * 500_000, "=\n\x00\n===", "A=${A" * 20_000],
    "Dockerfile": ["RUN " + "pip install -r a " * 20_000, "FROM " + "--a " * 50_000],
    "Makefile": ["uvicorn " + "a.b." * 100_000, "uvicorn " + "a:" * 100_000],
    "Pipfile": ["[packages]\nfastapi = 3\n", "packages = 3\nrequires = 4\n"],
    "uv.lock": ["name = " * 100_000],
    "Pipfile.lock": ['"a": {' * 100_000],
    "chat.sql": ["create table " * 50_000, "create table a (" + "(" * 100_000],
}


CASES = [(name, number) for name, texts in FILES.items() for number in range(len(texts))]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_file_of_any_content_is_read_or_named(name: str, number: int, root: Path) -> None:
    put(root, **{name: FILES[name][number]})
    done = run("inspect", "--json", str(root))
    assert json.loads(done.stdout)["app"]["ref"] == "main:app"


def test_names_and_kinds_of_files_that_harm(root: Path) -> None:
    (root / os.fsdecode(b"caf\xe9.py")).write_text(MAIN)
    (root / "a\x1b[31mred.py").write_text(MAIN)
    (root / "b\u202eyp.exe.py").write_text(MAIN)
    (root / "line\nend.py").write_text(MAIN)
    os.mkfifo(root / "requirements.txt")
    os.mkfifo(root / "pipe.py")
    (root / "zero.py").symlink_to("/dev/zero")
    (root / "loop").symlink_to(".")
    (root / "me.py").symlink_to("me.py")
    with (root / "big.py").open("wb") as file:
        file.truncate(3_000_000_000)
    with (root / "pyproject.toml").open("wb") as file:
        file.truncate(3_000_000_000)
    put(root, **{f"{'deep/' * 200}x.py": MAIN})
    for command in ("inspect", "doctor"):
        as_json = run(command, "--json", str(root)).stdout
        assert json.loads(as_json)
        assert "\x1b" not in as_json
        text = run(command, str(root)).output
        assert "\x1b" not in text
        assert "\u202e" not in text
    told = " ".join(read_project(root).unreadable)
    for each in ("caf\\udce9.py", "a\\x1b[31mred.py", "big.py: it has 3,000,000,000 bytes"):
        assert each in told
    assert "64 folders deep" in told


def test_a_folder_whose_name_is_not_utf8_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    put(folder, **{"main.py": MAIN})
    with pytest.raises(BadOption, match=r"caf\\udce9.* is not UTF-8"):
        read_project(folder)
