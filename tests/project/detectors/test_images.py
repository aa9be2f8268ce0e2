"""Images: what they install beside the declared requirements, and what of the project they hold."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.images import find_images
from chatkit_agent.project.detectors.packaging import find_packaging
from chatkit_agent.project.facts import App, Copies, Install, Packaging
from chatkit_agent.project.source.sources import Sources
from tests.project.detectors.conftest import MakeSources

PYPROJECT = '[project]\nname = "shop"\ndependencies = ["fastapi", "uvicorn"]\n'
FILES = {"app/main.py": "", "pyproject.toml": PYPROJECT, "requirements.txt": "FastAPI==0.115\n"}
START = 'CMD ["uvicorn", "app.main:app"]\n'
INSTALL = "FROM python:3.12\nRUN pip install -r requirements.txt\n"


def found(made: Sources, app: App) -> tuple[Install, ...]:
    images = find_images(made, app, find_packaging(made, app))
    return tuple(each for image in images for each in image.installs)


def copied(made: Sources, app: App) -> list[Copies]:
    images = find_images(made, app, find_packaging(made, app))
    return [each.copies for each in images if each.copies]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("Dockerfile", INSTALL + START, 2),
        ("Dockerfile", INSTALL + "CMD ./start.sh\n", 2),
        ("Dockerfile", "RUN pip install --no-cache-dir --requirement=requirements.txt\n", 1),
        ("Dockerfile", "FROM python:3.12\nRUN uv pip install -r /tmp/requirements.txt\n", 2),
        ("docker/api.Dockerfile", INSTALL + START, 2),
        ("docker/api.Dockerfile", INSTALL + "CMD uvicorn main:app\n", 2),
        ("Dockerfile", 'RUN ["pip", "install", "-r", "requirements.txt"]\n', 1),
        ("render.yaml", "start: uvicorn app.main:app\nbuild: pip install -r requirements.txt\n", 2),
    ],
)
def test_found(sources: MakeSources, app: App, path: str, text: str, line: int) -> None:
    made = sources(FILES | {path: text})
    (install,) = found(made, app)
    assert (install.where, install.file) == (f"{path}:{line}", "requirements.txt")
    assert install.declared == ("fastapi",)


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": "RUN pip install .\n" + START},
        {"Dockerfile": "# RUN pip install -r requirements.txt\nRUN pip install .\n"},
        {"Dockerfile": "RUN pip install -r exported.txt\n" + START},
        {"Dockerfile": INSTALL + 'CMD ["uvicorn", "worker.main:jobs"]\n'},
        {"jobs/Dockerfile": INSTALL},
        {"a.Dockerfile": INSTALL, "b.Dockerfile": INSTALL},
        {"README.md": INSTALL},
    ],
)
def test_not_found(sources: MakeSources, app: App, files: dict[str, str]) -> None:
    assert found(sources(FILES | files), app) == ()


def test_what_takes_in_the_declared_file_is_not_beside_it(sources: MakeSources, app: App) -> None:
    files = {
        "app/main.py": "",
        "requirements/base.txt": "fastapi\n",
        "requirements/prod.txt": "-r base.txt\ngunicorn\n",
        "Dockerfile": "RUN pip install -r requirements/prod.txt\n" + START,
    }
    assert found(sources(files), app) == ()


def test_what_it_includes_counts(sources: MakeSources, app: App) -> None:
    files = {"requirements.txt": "-r more.txt\nfastapi\n", "more.txt": "openai_agents>=0.20\n"}
    (install,) = found(sources(FILES | files | {"Dockerfile": INSTALL}), app)
    assert install.declared == ("fastapi", "openai-agents")


def test_nothing_without_a_declaration(sources: MakeSources, app: App) -> None:
    made = sources({"Dockerfile": INSTALL, "requirements.txt": ""})
    (image,) = find_images(made, app, Packaging("none", None, "none"))
    assert image.installs == ()
    assert find_images(made, None, Packaging("pip", "pyproject.toml", "pep621")) == ()


@pytest.mark.parametrize(
    ("lines", "held", "lacking"),
    [
        ("COPY . .", ["chat/store.sql"], []),
        ("COPY --chown=app:app ./app /srv/app", ["app/chat/store.sql"], ["chat/store.sql"]),
        ("COPY app app\nADD chat /srv/chat/", ["chat/store.sql"], ["more/x.py"]),
        ('COPY ["app", "chat", "/srv/"]', ["chat/a/b.py"], ["c.py"]),
        ("COPY app/*.py app/", [], ["app/chat/store.py", "app/store.sql"]),
        ("COPY app $EXTRA ./", ["anything"], []),
        ("COPY app/main.py app/", [], ["app/chat.py"]),
    ],
)
def test_what_is_copied(
    sources: MakeSources, app: App, lines: str, held: list[str], lacking: list[str]
) -> None:
    (image,) = copied(sources(FILES | {"Dockerfile": f"FROM x\n{lines}\n{START}"}), app)
    assert image.where == f"Dockerfile:{2 + lines.count(chr(10))}"
    assert [each for each in (*held, *lacking) if image.hold(each)] == held


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM x\nCOPY --from=build /srv /srv\n" + START,
        "FROM x\nCOPY requirements.txt .\nRUN git clone $REPOSITORY\n" + START,
        "COPY worker.py .\nCMD uvicorn worker:app\n",
        START,
    ],
)
def test_an_image_that_is_not_understood_is_left_out(
    sources: MakeSources, app: App, dockerfile: str
) -> None:
    assert not copied(sources(FILES | {"Dockerfile": dockerfile}), app)


def test_a_build_may_begin_beside_its_file(sources: MakeSources) -> None:
    app = App("main:app", "module", "api/main.py", "api", "api/main.py", None, "app")
    made = sources({"api/main.py": "", "api/Dockerfile": "COPY main.py chat ./\n"})
    (image,) = copied(made, app)
    assert (image.hold("api/chat/x.py"), image.hold("api/other.py")) == (True, False)
