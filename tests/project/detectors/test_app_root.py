"""From which folder the application is imported: its imports, what starts it, who imports it."""

from __future__ import annotations

import pytest

from tests.project.detectors.conftest import MakeSources
from tests.project.detectors.test_app_started import MAIN, found_in


@pytest.mark.parametrize(
    ("files", "ref", "directory"),
    [
        ({"app/__init__.py": "", "app/main.py": MAIN}, "app.main:app", ""),
        ({"app/__init__.py": MAIN}, "app:app", ""),
        ({"src/shop/__init__.py": "", "src/shop/main.py": MAIN}, "shop.main:app", "src"),
        ({"back/app/__init__.py": "", "back/app/main.py": MAIN}, "app.main:app", "back"),
        # no `__init__.py` anywhere: the imports tell
        (
            {"app/main.py": f"from app.db import x\n{MAIN}", "app/db.py": "x = 1\n"},
            "app.main:app",
            "",
        ),
        ({"app/main.py": f"from db import x\n{MAIN}", "app/db.py": "x = 1\n"}, "main:app", "app"),
        ({"app/main.py": f"from .db import x\n{MAIN}", "app/db.py": "x = 1\n"}, "app.main:app", ""),
        ({"app/main.py": MAIN}, "main:app", "app"),
        # a package whose modules are imported as if they were at the top
        (
            {"App/__init__.py": "", "App/main.py": f"import db\n{MAIN}", "App/db.py": ""},
            "main:app",
            "App",
        ),
        # a package called `src`
        (
            {
                "src/__init__.py": "",
                "src/main.py": f"from src.db import x\n{MAIN}",
                "src/db.py": "x = 1\n",
            },
            "src.main:app",
            "",
        ),
        # a module of ours with the name of an installed package
        ({"app/__init__.py": "", "app/fastapi.py": MAIN}, "app.fastapi:app", ""),
        # no `__init__.py`, no imports: what starts it tells
        ({"app/main.py": MAIN, "Procfile": "web: uvicorn app.main:app\n"}, "app.main:app", ""),
        ({"app/main.py": MAIN, "run.sh": "cd app && uvicorn main:app\n"}, "main:app", "app"),
        # what else imports it tells
        (
            {"app/main.py": MAIN, "tests/test_it.py": "from app.main import app\n"},
            "app.main:app",
            "",
        ),
        ({"app/main.py": MAIN, "seed.py": "from app import db, main as m\n"}, "app.main:app", ""),
        ({"app/main.py": MAIN, "seed.py": "import app.main\n"}, "app.main:app", ""),
        ({"app/main.py": MAIN, "app/test_it.py": "from main import app\n"}, "main:app", "app"),
        ({"app/main.py": MAIN, "seed.py": "# from app.main import app\n"}, "main:app", "app"),
        ({"app/main.py": MAIN, "seed.py": "from app.maintenance import x\n"}, "main:app", "app"),
        (
            {"api/app/main.py": MAIN, "api/tests/test_it.py": "from app.main import app\n"},
            "app.main:app",
            "api",
        ),
        (
            {"api/app/main.py": MAIN, "web/tests/test_it.py": "from app.main import app\n"},
            "main:app",
            "api/app",
        ),
    ],
)
def test_the_import_root(
    sources: MakeSources, files: dict[str, str], ref: str, directory: str
) -> None:
    app = found_in(sources(files))
    assert (app.ref, app.directory) == (ref, directory)


@pytest.mark.parametrize(
    ("files", "perhaps"),
    [
        ({"app/main.py": MAIN}, "app.main:app"),
        ({"main.py": MAIN}, ""),
        ({"app/main.py": MAIN, "app/__init__.py": ""}, ""),
        ({"app/main.py": f"import db\n{MAIN}", "app/db.py": ""}, ""),
        ({"app/main.py": MAIN, "app/test_it.py": "from main import app\n"}, ""),
        ({"app/main.py": MAIN, "run.sh": "cd app && uvicorn main:app\n"}, ""),
    ],
)
def test_where_nothing_says_from_where_it_is_started(
    sources: MakeSources, files: dict[str, str], perhaps: str
) -> None:
    assert found_in(sources(files)).perhaps == perhaps


def test_a_src_layout_is_started_beside_src(sources: MakeSources) -> None:
    app = found_in(sources({"api/src/shop/__init__.py": "", "api/src/shop/main.py": MAIN}))
    assert (app.directory, app.working_directory) == ("api/src", "api")
