"""Dependencies of every request, wherever the application is made."""

from __future__ import annotations

import pytest

from chatkit_agent.project.detectors.app import find_app
from chatkit_agent.project.detectors.global_dependencies import find_global_dependencies
from tests.project.detectors.conftest import MakeSources


@pytest.mark.parametrize(
    ("main", "global_dependencies"),
    [
        ("app = FastAPI()\n", ()),
        ("app = FastAPI(dependencies=[Depends(a), Security(b.c, scopes=[])])\n", ("a", "b.c")),
        ("app = FastAPI(dependencies=[fastapi.Depends(Key('x'))])\n", ("Key('x')",)),
        ("app = FastAPI(dependencies=EVERYWHERE)\n", ()),
        ("def make():\n    return FastAPI(dependencies=(Depends(a),))\napp = make()\n", ("a",)),
        (
            "def make():\n    api = FastAPI(dependencies=[Depends(a)])\n    return api\n"
            "app = make()\n",
            ("a",),
        ),
    ],
)
def test_gates(sources: MakeSources, main: str, global_dependencies: tuple[str, ...]) -> None:
    made = sources({"main.py": f"from fastapi import *\nimport fastapi\n{main}"})
    app, _ = find_app(made)
    assert app is not None
    assert find_global_dependencies(made, app) == global_dependencies


def test_without_an_application_there_are_none(sources: MakeSources) -> None:
    assert find_global_dependencies(sources({}), None) == ()
