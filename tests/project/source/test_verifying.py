"""Calls that read tokens are found, with what they ask of one."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.verifying import Decode, decodes
from tests.project.source.conftest import Project

HEAD = "import jwt\nfrom jose import jwt as jose_jwt\nfrom authlib.jose import JsonWebToken\n"


def read_by(project: Project, call: str, before: str = "") -> list[Decode]:
    code = project({"main.py": f"{HEAD}{before}def read(token):\n    return {call}\n"})
    return list(decodes(code, [each for each in code.functions if each.name == "read"]))


@pytest.mark.parametrize(
    ("call", "before", "library"),
    [
        ("jwt.decode(token, KEY)", "", "jwt"),
        ("jwt.decode_complete(token, KEY)", "", "jwt"),
        ("jose_jwt.decode(token, KEY)", "", "jose"),
        ("take(token, KEY)", "from jwt import decode as take\n", "jwt"),
        ("made.decode(token, KEY)", "made = JsonWebToken(['RS256'])\n", "authlib"),
        ("made.decode(token, KEY)", "made = jwt.PyJWT()\n", "jwt"),
    ],
)
def test_decodes(project: Project, call: str, before: str, library: str) -> None:
    (found,) = read_by(project, call, before)
    assert found.library == library
    assert found.where.startswith("main.py:")


@pytest.mark.parametrize(
    ("call", "before"),
    [
        ("token.decode()", ""),
        ("base64.b64decode(token)", "import base64\n"),
        ("jwt.encode({}, KEY)", ""),
        ("jwt.decode(token)", "class jwt:\n    def decode(token): ...\n"),
    ],
)
def test_what_reads_no_token(project: Project, call: str, before: str) -> None:
    assert read_by(project, call, before) == []


@pytest.mark.parametrize(
    ("given", "is_open"),
    [
        ("KEY, algorithms=['RS256']", False),
        ("KEY, ['none']", True),
        ("KEY, verify=False", True),
        ("KEY, options={'verify_signature': False}", True),
        ("KEY, options=OFF", True),
        ("KEY, options={'verify_signature': True}", False),
    ],
)
def test_is_open(project: Project, given: str, is_open: bool) -> None:
    (found,) = read_by(
        project, f"jwt.decode(token, {given})", "OFF = {'verify_signature': False}\n"
    )
    assert found.is_open is is_open


def test_options_of_the_object_count_too(project: Project) -> None:
    before = "made = jwt.PyJWT({'verify_exp': False, 'require_iat': True})\n"
    (found,) = read_by(project, "made.decode(token, KEY, options={'require': ['exp']})", before)
    assert found.is_off("verify_exp")
    assert set(found.required) == {"iat", "exp"}
