"""What an expression stands for is found wherever it is written; what is not known stays."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.values import text_of
from tests.project.source.conftest import Project, argument

FOLLOWED = {
    "as it is": {"main.py": "see(3)"},
    "a constant": {"main.py": "N = 3\nsee(N)"},
    "an annotated constant": {"main.py": "N: int = 3\nsee(N)"},
    "a walrus": {"main.py": "def f():\n    if (n := 3) > 2:\n        see(n)"},
    "a constant of another file": {"main.py": "from limits import N\nsee(N)", "limits.py": "N = 3"},
    "by its module": {"main.py": "import limits as kept\nsee(kept.N)", "limits.py": "N = 3"},
    "a constant of a constant": {
        "main.py": "from limits import N\nsee(N)",
        "limits.py": "M = 3\nN = M",
    },
    "a pair": {"main.py": "M, N = 2, 3\nsee(N)"},
    "a class attribute": {"main.py": "class Limits:\n    n = 3\nsee(Limits.n)"},
    "an attribute of an instance": {
        "main.py": "class Limits:\n    n = 3\nlimits = Limits()\nsee(limits.n)"
    },
    "a field of settings": {
        "main.py": "class Settings(Base):\n    n: int = Field(default=3)\n"
        "def f(settings):\n    see(settings.n)"
    },
    "an attribute that a method sets": {
        "main.py": "class A:\n    def __init__(self):\n        self.n = 3\n"
        "    def f(self):\n        see(self.n)"
    },
    "an attribute of what an object has": {
        "main.py": "class A:\n    def __init__(self):\n        self.n = 3\n"
        "class B:\n    def __init__(self):\n        self.a = A()\n"
        "    def f(self):\n        see(self.a.n)"
    },
    "a member of an enum": {"main.py": "class N(Enum):\n    MOST = 3\nsee(N.MOST.value)"},
    "an item of a dict": {"main.py": "LIMITS = {'n': 3}\nsee(LIMITS['n'])"},
    "an item by get": {"main.py": "LIMITS = dict(n=3)\nsee(LIMITS.get('n'))"},
    "the default of get": {"main.py": "LIMITS = {'m': 2}\nsee(LIMITS.get('n', 3))"},
    "the default of getattr": {"main.py": "def f(x):\n    see(getattr(x, 'n', 3))"},
    "the default of a variable": {"main.py": "import os\nsee(os.getenv('N', 3))"},
    "the default of a parameter": {"main.py": "def f(n=3):\n    see(n)"},
    "a helper": {"main.py": "def n():\n    return 3\nsee(n())"},
    "a helper of another file": {
        "main.py": "from limits import n\nsee(n())",
        "limits.py": "N = 3\ndef n():\n    return N",
    },
    "a literal before `or`": {"main.py": "see(3 or other)"},
    "what is awaited": {
        "main.py": "async def n():\n    return 3\nasync def f():\n    see(await n())"
    },
    "a cast": {"main.py": "from typing import cast\nsee(cast(int, 3))"},
}
UNKNOWN = {
    "a parameter": "def f(n):\n    see(n)",
    "a parameter that is named as a constant": "N = 3\ndef f(N):\n    see(N)",
    "what is assigned twice": "if x:\n    N = 3\nelse:\n    N = 4\ndef f():\n    see(N)",
    "a helper with two ways": "def n(x):\n    if x:\n        return 3\n    return 4\nsee(n(1))",
    "a helper that computes": "def n(x):\n    return x + 1\nsee(n(2))",
    "itself": "def f():\n    n = n\n    see(n)",
    "a variable without default": "import os\nsee(os.getenv('N'))",
    "two fields of one name": "class A:\n    n: int = 3\nclass B:\n    n: int = 4\n"
    "def f(x):\n    see(x.n)",
    "an attribute that two methods set": "class A:\n    def a(self):\n        self.n = 3\n"
    "    def b(self):\n        self.n = 4\n    def f(self):\n        see(self.n)",
}


@pytest.mark.parametrize("files", FOLLOWED.values(), ids=FOLLOWED)
def test_followed(project: Project, files: dict[str, str]) -> None:
    code = project(files)
    value = code.value(*argument(code))
    assert value is not None
    assert syntax.code(value) == "3"


@pytest.mark.parametrize("main", UNKNOWN.values(), ids=UNKNOWN)
def test_not_guessed(project: Project, main: str) -> None:
    code = project({"main.py": main})
    value = code.value(*argument(code))
    assert value is not None
    assert syntax.code(value) not in ("3", "4")


@pytest.mark.parametrize(
    ("main", "text"),
    [
        ("see('a' 'b')", "ab"),
        ("see(f'ab')", "ab"),
        ("X = 'a'\nsee(f'{X}b')", "ab"),
        ("X = 'a'\nsee(X + 'b')", "ab"),
        ("X = 1\nsee(f'a{X}')", "a1"),
        ("see(' AB '.strip().lower())", "ab"),
        ("def f(x):\n    see(f'a{x}')", None),
        ("def f(x):\n    see('a' + x)", None),
        ("see(b'ab')", None),
        ("see(3)", None),
    ],
)
def test_text(project: Project, main: str, text: str | None) -> None:
    code = project({"main.py": main})
    assert code.text(*argument(code)) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("see('a' + f'b{1}')", "ab1"),
        ("A = 'a'\nsee('{} {b}'.format(A, b='b'))", "a b"),
        ("see(' '.join(['a', 'b']))", "a b"),
        ("see('a' f'{x}')", "a?"),
        ("def f(x):\n    see('a ' + x.strip() + ' b')", "a ? b"),
        ("def f():\n    x = x.strip()\n    see(x)", "?"),
        ("def f():\n    x = NAMES[x]\n    see(x)", "?"),
        ("def f():\n    x = NAMES.get(x)\n    see(x)", "?"),
    ],
)
def test_a_text_that_is_put_together(project: Project, source: str, text: str) -> None:
    scope, node = argument(code := project({"main.py": source}))
    assert text_of(code, scope, node, "?") == text
    assert code.text(scope, node) == (None if "?" in text else text)


def test_what_is_handed_on_in_a_circle_has_no_value(project: Project) -> None:
    code = project({"main.py": "def f(key):\n    see(f(MAP[key]))\nMAP = {'a': 'b'}\nf(MAP['a'])"})
    assert code.text(*argument(code)) is None
