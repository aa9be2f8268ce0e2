"""Written imports: what the text of one binds is what a parser says; doubt is left to that."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.chunks import chunks_of
from chatkit_agent.project.source.names import imports_written

PLAIN = (
    "import a\n",
    "import a.b, c as d  # why\n",
    "import a.b.c as d",
    "from a import b\n",
    "from a.b import c as d, e\n",
    "from . import a\n",
    "from ..a import b as c\n",
    "from .a import *\n",
    "# Standard\nfrom a import (\n    b,  # of b\n    c as d,\n)\n",
    "from a import (b,\n c)\n",
    "from __future__ import annotations\n",
)
DOUBTFUL = (
    "import a; import b\n",
    "import a, \\\n    b\n",
    "try:\n    import a\nexcept ImportError:\n    a = None\n",
    "x = 1\n",
    "from a import class\n",
    "import (a)\n",
    "from a import b c\n",
    "import é\n",
    '"""from a import b"""\n',
)


@pytest.mark.parametrize("text", PLAIN)
def test_an_import_is_told_from_its_text(text: str) -> None:
    assert imports_written(text.encode()) == tuple(syntax.imports(cst.parse_module(text)))


@pytest.mark.parametrize("text", DOUBTFUL)
def test_what_is_not_certain_is_left_to_the_parser(text: str) -> None:
    assert imports_written(text.encode()) == ()


def test_every_import_of_the_parser_itself_is_read_alike() -> None:
    for path in (cst.__file__, syntax.__file__):
        with open(path, "rb") as file:
            chunks = [each for each in chunks_of(file.read()) if not each.name]
        written = [(each, imports_written(each.source)) for each in chunks]
        assert any(found for _, found in written)
        for chunk, found in written:
            assert found in ((), tuple(syntax.imports(chunk.module)))
