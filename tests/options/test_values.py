"""Values of options: each spelling that is meant is read, and what would do harm is refused."""

from __future__ import annotations

import pytest

from chatkit_agent.errors import BadOption
from chatkit_agent.options.features import FEATURES
from chatkit_agent.options.values import (
    VALUES,
    read_env_prefix,
    read_extras,
    read_mcp_url,
    read_page_path,
    read_path,
    read_schema,
    read_tools,
)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("mcp", "mcp"),
        ("none", "none"),
        ("routes", "routes"),
        ("routes:GET", "routes:GET"),
        ("routes:GET, POST  /tasks", "routes:GET,POST /tasks"),
        ("routes:PATCH /tasks/{task_id}/done", "routes:PATCH /tasks/{task_id}/done"),
    ],
)
def test_tools(asked: str, found: str) -> None:
    assert read_tools(asked) == found


@pytest.mark.parametrize(
    "asked",
    [
        *("", "MCP", "all", "routes:", "routes:get", "routes:GET,", "routes:POST", "mcp:GET"),
        *("routes:GET tasks", "routes:HEAD /x", "routes:GET /a b", "none:", "routes:GET /\x1b"),
        *('routes:GET /"', "routes:GET /\\", f"routes:GET /{'x' * 300}"),
    ],
)
def test_no_tools(asked: str) -> None:
    with pytest.raises(BadOption, match="--tools"):
        read_tools(asked)


@pytest.mark.parametrize(
    ("asked", "name", "prefix"),
    [
        ("shop", "", "SHOP_CHATKIT_"),
        ("Shop_2", "", "SHOP_2_CHATKIT_"),
        ("SHOP_CHATKIT", "", "SHOP_CHATKIT_"),
        ("SHOP_", "", "SHOP_CHATKIT_"),
        (None, "My-Shop.api", "MY_SHOP_API_CHATKIT_"),
        (None, "2fast", "APP_2FAST_CHATKIT_"),
        (None, "Café", "CAF_CHATKIT_"),
        (None, "商店", "APP_CHATKIT_"),
        (None, "", "APP_CHATKIT_"),
        (None, "shop-chatkit", "SHOP_CHATKIT_"),
    ],
)
def test_a_prefix(asked: str | None, name: str, prefix: str) -> None:
    assert read_env_prefix(asked, name) == prefix


@pytest.mark.parametrize(
    "asked", ["", "2SHOP", "_SHOP", "MY SHOP", "MY-SHOP", "SHÖP", "A=B", "A\n"]
)
def test_no_prefix(asked: str) -> None:
    with pytest.raises(BadOption, match="--env-prefix"):
        read_env_prefix(asked, "shop")


@pytest.mark.parametrize(
    ("asked", "name", "schema"),
    [
        ("chat", "", "chat"),
        ("_chat2", "", "_chat2"),
        ("x" * 63, "", "x" * 63),
        (None, "My Shop", "my_shop_chat"),
        (None, "2fast", "app_2fast_chat"),
        (None, "pg_shop", "app_pg_shop_chat"),
        (None, f"{'x' * 57}-{'y' * 10}", f"{'x' * 57}_chat"),
    ],
)
def test_a_schema(asked: str | None, name: str, schema: str) -> None:
    assert read_schema(asked, name) == schema


@pytest.mark.parametrize("name", ["pg_shop", "PG Shop", "pg-app", "pg", "x" * 90, "-", "ünï"])
def test_a_schema_of_a_name_is_one_that_could_be_asked_for(name: str) -> None:
    assert read_schema(read_schema(None, name), "") == read_schema(None, name)


@pytest.mark.parametrize(
    "asked", ["", "Chat", "my-chat", "2chat", "pg_chat", "x" * 64, 'a"b', "a b", "chat\n", "ü"]
)
def test_no_schema(asked: str) -> None:
    with pytest.raises(BadOption, match="--schema"):
        read_schema(asked, "shop")


@pytest.mark.parametrize(
    "asked", ["/chat", "/api/v1/chat.kit", "/.well-known/chat", "/a~b", "/..a"]
)
def test_a_path(asked: str) -> None:
    assert read_path(asked) == read_page_path(asked) == asked


@pytest.mark.parametrize(
    "asked",
    [
        *("", "/", "chat", "/chat/", "//chat", "/a//b", "/a/../b", "/..", "/./a", "/a b", "/a?b"),
        *("/a#b", "/{id}", "/a%2e", "/ü", "/a\n", "https://a/b", "/" + "x" * 200, '/"'),
    ],
)
def test_no_path(asked: str) -> None:
    with pytest.raises(BadOption, match="--path"):
        read_path(asked)
    with pytest.raises(BadOption, match="--page-path"):
        read_page_path(asked)


@pytest.mark.parametrize(
    "asked",
    [
        None,
        "http://localhost:9000/mcp",
        "HTTPS://MCP.example/mcp",
        "https://[::1]:9000/mcp",
        "https://xn--bcher-kva.example/mcp?team=a%40b",
        "https://mcp.example/@team/mcp",
    ],
)
def test_a_url(asked: str | None) -> None:
    assert read_mcp_url(asked) == asked


@pytest.mark.parametrize(
    "asked",
    [
        *("", "mcp.example/mcp", "//mcp.example", "ftp://mcp.example", "https://", "https:///mcp"),
        *("https://me:secret@mcp.example", "https://secret@mcp.example", "https://:s@mcp.example"),
        *(
            "https://mcp.example/a b",
            "https://mcp.example/\n",
            'https://mcp.example/"',
            "https://ü",
        ),
        *("file:///etc/passwd", "https://mcp.example/\x1b[0m", "https://m/" + "x" * 2000),
        *(
            "https://mcp.example:port/mcp",
            "https://mcp.example:99999/mcp",
            "https://mcp.example:0/",
            "https://[::1/mcp",
        ),
    ],
)
def test_no_url(asked: str) -> None:
    with pytest.raises(BadOption, match="--mcp-url") as refused:
        read_mcp_url(asked)
    assert "secret" not in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_features_are_in_one_order_whatever_was_asked() -> None:
    known = [each.name for each in FEATURES][:2]
    assert read_extras(known) == read_extras(known[::-1])
    assert set(known) <= set(read_extras(known))
    assert read_extras(()) == ()


@pytest.mark.parametrize(
    ("option", "kept"),
    [
        ("env_prefix", "SHOP_CHATKIT_"),
        ("schema", "shop_chat"),
        ("path", "/chatkit"),
        ("tools", "routes:GET"),
        ("page_path", "/chat"),
        ("mcp_url", "https://a/mcp"),
    ],
)
def test_what_was_read_is_read_the_same_again(option: str, kept: str) -> None:
    """As `update` does with what a manifest has."""
    assert VALUES[option](kept) == kept
