"""Secrets of known forms are found wherever they stand; hashes and names are none."""

from __future__ import annotations

import time

import pytest

from chatkit_agent.frontends.assistant.scanning import LONGEST, OVERLAP, secrets_in

# Put together here, so that a scanner of this repository finds none.
SECRETS = [
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ghp_" + "a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6",
    "glpat-" + "a1B2c3D4e5F6a1B2c3D4",
    "glsoat-" + "a1B2c3D4e5F6a1B2c3D4",
    "glcbt-1f_" + "a1B2c3D4e5F6a1B2c3D4",
    "xoxb-" + "123456789012-123456789012-abcdefghijklmnopqrstuvwx",
    "sk_live_" + "abcdefghijklmnopqrstuvwx",
    "SG." + "a" * 22 + "." + "b" * 43,
]


@pytest.mark.parametrize("secret", SECRETS, ids=lambda each: each[:4])
@pytest.mark.parametrize(
    "text", ["{}", "key = '{}'  # mine\n", "a\nb\n  token: {}\n", '{{"key": "{}"}}']
)
def test_a_secret_is_found_in_any_text(secret: str, text: str) -> None:
    assert any(secret in each for each in secrets_in(text.format(secret)))


@pytest.mark.parametrize("before", [0, 1, 50, LONGEST - OVERLAP - 10, LONGEST - 10, LONGEST, 9000])
def test_a_secret_is_found_anywhere_in_a_long_line(before: int) -> None:
    line = " " * before + SECRETS[0] + " " * 3000
    assert secrets_in(line) == {SECRETS[0]}


def test_two_in_one_text_are_two() -> None:
    assert set(SECRETS[:2]) <= secrets_in("\n".join(SECRETS[:2]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "password = get_password()",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "commit 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "id: 123e4567-e89b-12d3-a456-426614174000",
        "http://10.0.0.5:8000/tasks",
        "secret_key: str",
    ],
)
def test_what_is_no_secret_is_shown(text: str) -> None:
    assert secrets_in(text) == set()


def test_a_very_long_line_takes_no_time() -> None:
    began = time.monotonic()
    secrets_in("ab1_-." * 50_000)
    assert time.monotonic() - began < 20
