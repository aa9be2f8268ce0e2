"""Front ends: what a page tells its chat, as it is written in markup and scripts of any kind."""

from __future__ import annotations

import pytest

from chatkit_agent.project.source.front_end import FrontEnd, Page, expression, front_end, members
from tests.project.source.conftest import Project


@pytest.mark.parametrize(
    ("text", "is_hosted", "is_panel"),
    [
        ("<openai-chatkit></openai-chatkit>", True, False),
        ("document.createElement('openai-chatkit')", True, False),
        ('import { useChatKit } from "@openai/chatkit-react"; useChatKit({})', True, False),
        ('const { ChatKit } = require("@openai/chatkit-react"); <ChatKit />', True, False),
        ('import { x } from "@openai/chatkit-react"', False, False),
        ("useChatKit({})", False, False),
        ("<chatkit-panel></chatkit-panel>", False, True),
        ('customElements.define("chatkit-panel", X)', False, False),
        ("<openai-chatkits>", False, False),
        ("chatkit", False, False),
    ],
)
def test_which_page_has_a_chat(text: str, is_hosted: bool, is_panel: bool) -> None:
    page = Page("a.js", text)
    assert (page.is_hosted, page.is_panel) == (is_hosted, is_panel)


HIDDEN = [
    ("a.html", "<!-- <openai-chatkit> -->"),
    ("a.html", "<script>// <openai-chatkit>\n</script>"),
    ("a.vue", "<script>/* <openai-chatkit> */</script>"),
    ("a.js", "// <openai-chatkit>"),
    ("a.ts", "/*\n<openai-chatkit>\n*/"),
    ("a.py", "'<openai-chatkit>'"),
    ("dist/a.js", "'openai-chatkit'"),
    ("node_modules/a.js", "'openai-chatkit'"),
    ("a.min.js", "'openai-chatkit'"),
]
SHOWN = [
    ("a.html", "<p>a // b <openai-chatkit>"),
    ("a.html", "<script>x = 'http://a' + '<openai-chatkit>'</script>"),
    ("a.tsx", "x = '/*'; y = 'openai-chatkit'; z = '*/'"),
    ("web/a.mjs", "'openai-chatkit'"),
]


@pytest.mark.parametrize(("path", "text"), HIDDEN)
def test_comments_and_what_is_built_are_not_looked_at(
    project: Project, path: str, text: str
) -> None:
    assert front_end(project({path: text}).sources, {}).chats == ()


@pytest.mark.parametrize(("path", "text"), SHOWN)
def test_what_only_looks_like_a_comment(project: Project, path: str, text: str) -> None:
    assert [each.path for each in front_end(project({path: text}).sources, {}).chats] == [path]


def test_lines_stay_where_comments_were(project: Project) -> None:
    text = "/* a\n b */\n'openai-chatkit'; api = { url: 1 }\n"
    (page,) = front_end(project({"a.js": text}).sources, {}).chats
    assert [page.where(each["url"].place) for each in page.apis()] == ["a.js:3"]


def test_members_of_an_object() -> None:
    text = """ url: base + "/a,b}", 'domainKey': `k`, fetch(u, i) { return f(u, { a: 1 }); },
        headers, async get() { return 1 }, ...more, list: [1, 2] }; other: 1"""
    found = {name: each.code for name, each in members(text, 0).items()}
    assert found["url"] == 'base + "/a,b}"'
    assert found["domainKey"] == "`k`"
    assert found["fetch"] == "function (u, i) { return f(u, { a: 1 }); }"
    assert found["headers"] == "headers"
    assert found["list"] == "[1, 2]"
    assert "...more" in found
    assert "other" not in found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a, b", "a"),
        ("f(a, b), c", "f(a, b)"),
        ("[a, { b: 1 }] ; c", "[a, { b: 1 }] "),
        ("'a, b' + c; d", "'a, b' + c"),
        ("'it\\'s, ' + c, d", "'it\\'s, ' + c"),
        ("a } b", "a "),
        ("`a, ${b}`, c", "`a, ${b}`"),
        ("a /* b, c */ + d, e", "a /* b, c */ + d"),
        ("a", "a"),
    ],
)
def test_an_expression_ends_where_it_does(text: str, found: str) -> None:
    assert expression(text, 0) == found


OTHER = Page("b.js", "export const far = '/far'; const twice = '/b';")
THIRD = Page("c.js", "const twice = '/c';")


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("'/a'", {"/a"}),
        ('"/a" as string', {"/a"}),
        ("`/a`", {"/a"}),
        ("own", {"/own"}),
        ("CONFIG.own", {"/own"}),
        ("`${own}/more`", {"/own/more"}),
        ("own ?? '/b'", {"/own", "/b"}),
        ("own || far", {"/own", "/far"}),
        ("far", {"/far"}),
        ("twice", set()),
        ("import.meta.env.VITE_URL", {"/env"}),
        ("process.env.VITE_URL ?? '/a'", {"/env", "/a"}),
        ("process.env.OTHER", set()),
        ("find()", set()),
        ("round", set()),
        ("`${unknown}/a`", set()),
    ],
)
def test_the_texts_that_an_expression_may_be(code: str, texts: set[str]) -> None:
    page = Page("a.js", "const own: string = '/own'; let round = round;")
    pages = FrontEnd((page, OTHER, THIRD), {"VITE_URL": "/env"})
    assert pages.texts(page, code) == texts


def test_the_body_of_a_function_and_of_what_it_calls() -> None:
    page = Page(
        "a.js", "const get = () => { return head(); };\n\nfunction head() { return 'H'; }\n"
    )
    pages = FrontEnd((page,), {})
    for code in ("get", "() => head()", "async () => head()"):
        assert "return 'H'" in (pages.function(page, code) or "")
    assert pages.function(page, "unknown") is None
    assert pages.function(page, "'get'") is None
