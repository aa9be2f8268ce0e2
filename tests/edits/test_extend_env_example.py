"""The example of the environment file says what to set; the real one is never touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chatkit_agent.edits.extend_env_example import extend_env_example

if TYPE_CHECKING:
    from conftest import Run

MAIN = {"app/__init__.py": "", "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}


def test_an_example_is_made_where_there_is_none(run: Run) -> None:
    edited = run(extend_env_example, {**MAIN, ".env": "SECRET=1\n"}, env_prefix="SHOP")
    assert edited.changed == [".env.example"]
    lines = edited.text(".env.example").splitlines()
    assert lines[0] == "# ChatKit chat, see CHATKIT.md"
    assert "OPENAI_API_KEY=" in lines
    assert "SHOP_CHATKIT_JWT_SECRET=" in lines
    assert "SECRET=1" not in lines


@pytest.mark.parametrize("path", [".env.example", ".env.sample", "app/.env.example"])
def test_an_example_gets_a_section(path: str, run: Run) -> None:
    edited = run(extend_env_example, {**MAIN, path: b"SECRET=change-me\r\n"})
    assert edited.changed == [path]
    text = edited.after.read(path).decode()
    assert text.startswith("SECRET=change-me\r\n\r\n# ChatKit chat, see CHATKIT.md\r\n")
    assert text.count("\n") == text.count("\r\n")


def test_what_is_there_is_not_doubled(run: Run) -> None:
    there = "OPENAI_API_KEY=\n# MCP_SERVER_URL=\n"
    edited = run(extend_env_example, {**MAIN, ".env.example": there})
    assert edited.text(".env.example").count("OPENAI_API_KEY") == 1
    assert edited.text(".env.example").count("MCP_SERVER_URL") == 1


def test_noop_where_all_is_there(run: Run) -> None:
    made = run(extend_env_example, MAIN).text(".env.example")
    assert run(extend_env_example, {**MAIN, ".env.example": made}).changed == []


def test_the_mcp_server_that_was_asked_for_is_in_it(run: Run) -> None:
    edited = run(extend_env_example, MAIN, mcp_url="https://tools.example.com/mcp")
    assert (
        "MCP_SERVER_URL=https://tools.example.com/mcp" in edited.text(".env.example").splitlines()
    )


@pytest.mark.parametrize(("auth", "name"), [("none", "_AUTH=none"), ("jwt", "_JWT_SECRET=")])
def test_it_depends_on_who_signs_in(auth: str, name: str, run: Run) -> None:
    assert name in run(extend_env_example, MAIN, auth=auth).text(".env.example")
