"""What each manner of declaring says, in the one manner that resolvers read."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from chatkit_agent.project.source.declared import (
    from_conda,
    from_lines,
    from_sources,
    from_tables,
    pep440,
)


@pytest.mark.parametrize(
    ("value", "is_theirs"),
    [
        ({"version": "^1", "source": "ours"}, True),
        ({"version": "^1", "index": "ours"}, True),
        ({"version": "^1", "source": "PyPI"}, False),
        ("^1", False),
    ],
)
def test_one_of_another_index_is_declared_all_the_same(value: Any, *, is_theirs: bool) -> None:
    (found,) = from_tables({"shop": value}, "pyproject.toml")
    assert (found.text, found.limits_only) == ("shop>=1,<2", False)
    assert found.of_another_index is is_theirs


@pytest.mark.parametrize(
    ("source", "text", "is_theirs"),
    [
        ({"index": "ours"}, "Shop>=1", True),
        ([{"index": "ours", "marker": "os_name == 'nt'"}], "Shop>=1", True),
        ({"git": "https://example.org/shop"}, None, False),
        ({"workspace": True}, None, False),
    ],
)
def test_what_uv_takes_from_elsewhere(source: Any, text: str | None, *, is_theirs: bool) -> None:
    declared = from_lines(["Shop>=1", "fastapi"], "pyproject.toml")
    shop, fastapi = from_sources(declared, {"SHOP": source})
    assert (shop.text, shop.of_another_index) == (text, is_theirs)
    assert (fastapi.text, fastapi.of_another_index) == ("fastapi", False)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("fastapi==0.100.0  # web", "fastapi==0.100.0"),
        ("fastapi[all]>=0.1 ; python_version>'3'", "fastapi[all]>=0.1 ; python_version>'3'"),
        ("fastapi==0.1 --hash=sha256:00", "fastapi==0.1"),
        ("fastapi==0.1 \\", "fastapi==0.1"),
        ("fastapi @ git+https://example.org/fastapi", None),
        ("fastapi=0.1", None),
    ],
)
def test_a_line(line: str, text: str | None) -> None:
    (found,) = from_lines([line], "requirements.txt")
    assert (found.name, found.text, found.file) == ("fastapi", text, "requirements.txt")


@pytest.mark.parametrize("line", ["", "# fastapi", "-r base.txt", "-e .", "    --hash=sha256:00"])
def test_no_requirement(line: str) -> None:
    assert list(from_lines([line], "requirements.txt")) == []


@pytest.mark.parametrize(
    ("version", "same"),
    [
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.104.1", ">=0.104.1,<0.105"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^1", ">=1,<2"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.2", "~=1.2"),
        ("1.2", "==1.2"),
        ("1.*", "==1.*"),
        (">=1.2, <2", "<2,>=1.2"),
        ("^1.2,!=1.3", ">=1.2,<2,!=1.3"),
        ("^1.0b1", ">=1.0b1,<2"),
        ("*", ""),
    ],
)
def test_a_version_of_poetry(version: str, same: str) -> None:
    assert SpecifierSet(pep440(version)) == SpecifierSet(same)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("^2.0", "pydantic>=2.0,<3"),
        ("*", "pydantic"),
        ({"version": "==1.10", "extras": ["email"]}, "pydantic[email]==1.10"),
        ({"version": ">=1", "python": "<3.8"}, "pydantic>=1 ; python_version < '3.8'"),
        (
            {"version": ">=1", "markers": "os_name == 'nt'"},
            "pydantic>=1 ; (os_name == 'nt')",
        ),
        ({"git": "https://example.org/pydantic"}, None),
        ({"path": "../pydantic"}, None),
        ("^1 || ^2", None),
    ],
)
def test_a_table(value: Any, text: str | None) -> None:
    (found,) = from_tables({"python": "^3.10", "pydantic": value}, "pyproject.toml")
    assert (found.name, found.text, found.limits_only) == ("pydantic", text, False)


def test_several_versions_of_one() -> None:
    value = [{"version": "1", "python": "<3.8"}, {"version": "2", "python": ">=3.8"}]
    assert len(list(from_tables({"pydantic": value}, "pyproject.toml"))) == 2


def test_an_optional_one_only_limits() -> None:
    (found,) = from_tables({"pydantic": {"version": "1", "optional": True}}, "pyproject.toml")
    assert found.limits_only


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("pydantic=1.10", "pydantic==1.10.*"),
        ("pydantic=1.10.2=py311_0", "pydantic==1.10.2.*"),
        ("pydantic==1.10.2", "pydantic==1.10.2"),
        ("conda-forge::pydantic>=1,<2", "pydantic>=1,<2"),
        ("pydantic >=1", "pydantic>=1"),
        ("pydantic", "pydantic"),
    ],
)
def test_what_conda_installs_only_limits(line: str, text: str) -> None:
    (found,) = from_conda([line], "environment.yml")
    assert (found.name, found.text, found.limits_only) == ("pydantic", text, True)
