"""XML: services in parts, and text that is none of them."""

from __future__ import annotations

import pytest

from chatkit_agent.sandbox.isolation.elements import without_elements
from chatkit_agent.sandbox.isolation.substitutes import Substitutes


@pytest.mark.parametrize(
    "text",
    [
        "<c>\n<database>\n<host>db.internal</host>\n<user>me</user>\n"
        "<password>hunter2hunter2</password>\n</database>\n</c>",
        '<database host="db.internal" user="me" password="hunter2hunter2"/>',
        '<postgres>\n<property name="host" value="db.internal"/>\n'
        "<property value='hunter2hunter2' name='password'/></postgres>",
        "<broken><postgres><host>db.internal</host></other><user>me</user>",
    ],
)
def test_a_database_is_lent(text: str, given: Substitutes) -> None:
    found = without_elements(text, given)
    assert "127.9.9.9" in found
    assert "db.internal" not in found
    assert "hunter2" not in found
    assert len(found.splitlines()) == len(text.splitlines())


@pytest.mark.parametrize(
    "text", ["<p>Our host is <b>kind</b></p>", "<a><b/></a>" * 3, "<" * 9, "</a></b>" * 9]
)
def test_all_else_stays(text: str, given: Substitutes) -> None:
    assert without_elements(text, given) == text
