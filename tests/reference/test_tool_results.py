"""What a tool answers is given to a model in a form and length that it takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from mcp.types import CallToolResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chatkit_agent.sandbox.model import ToolCall
from chatkit_agent.sandbox.serving import served

from . import providers
from .conftest import TARGET
from .toolbox import MCPServer

DATA = "A" * 6000
PICTURE = {"type": "image", "data": DATA, "mimeType": "image/png"}


@pytest.fixture
def results(delivered: ModuleType) -> ModuleType:
    return import_module(f"{TARGET}.chatkit_runtime.tool_results")


def fitted(results: ModuleType, content: list[Any], chars: int = 1000, **more: Any) -> list[Any]:
    result = CallToolResult.model_validate({"content": content, **more})
    parts = results.fitted_result(result, chars).content
    return [part.model_dump(mode="json", by_alias=True, exclude_none=True) for part in parts]


def text(said: str) -> dict[str, str]:
    return {"type": "text", "text": said}


def test_structured_content_alone_is_told_as_json(results: ModuleType) -> None:
    for content in ([], [text("")]):
        (part,) = fitted(results, content, structuredContent={"answer": 42, "für": "ä"})
        assert json.loads(part["text"]) == {"answer": 42, "für": "ä"}
    (part,) = fitted(results, [text("42")], structuredContent={"answer": 42})
    assert part["text"] == "42"


def test_data_that_the_text_does_not_have_is_told_beside_it(results: ModuleType) -> None:
    data = {"tasks": [{"id": 4711, "title": 'buy "milk"', "done": False, "due": None}]}
    summary, whole = fitted(results, [text("Found 1 task.")], structuredContent=data)
    assert summary["text"] == "Found 1 task."
    assert json.loads(whole["text"]) == data
    for said in (json.dumps(data), str(data), 'Task 4711: buy "milk" (done: False, due: None).'):
        assert len(fitted(results, [text(said)], structuredContent=data)) == 1
    rows = [text("one"), text("two")]
    assert fitted(results, rows, structuredContent={"result": ["one", "two"]}) == rows


@pytest.mark.parametrize(
    ("said", "data"),
    [
        ("", {"ok": True}),
        ("", {"result": []}),
        ("Deleted.", {"deleted": False}),
        ("Task 4711", {"id": 4711, "owner": None}),
        ("Found 12 tasks.", {"open": 2, "all": 12}),
        ("1.25 hours", {"hours": 1, "more": 25}),
    ],
)
def test_what_a_text_is_silent_about_is_told_beside_it(
    results: ModuleType, said: str, data: dict[str, Any]
) -> None:
    told = fitted(results, [text(said)], structuredContent=data)
    assert json.loads(told[-1]["text"]) == data


@pytest.mark.parametrize("said", ["It took 1.5 hours.", "Hours: 1.5", '{"hours":1.5}'])
def test_a_number_in_a_sentence_is_told(results: ModuleType, said: str) -> None:
    assert fitted(results, [text(said)], structuredContent={"hours": 1.5}) == [text(said)]


def test_nothing_is_told_as_nothing(results: ModuleType) -> None:
    (part,) = fitted(results, [])
    assert "no result" in part["text"]


def test_bytes_are_named_and_never_told_as_text(results: ModuleType) -> None:
    blob = {"uri": "file:///report.bin", "mimeType": "application/zip", "blob": DATA}
    readme = {"uri": "file:///readme", "text": "Read me"}
    content = [
        {"type": "audio", "data": DATA, "mimeType": "audio/wav"},
        {"type": "resource", "resource": blob},
        {"type": "resource", "resource": readme},
        {"type": "resource_link", "name": "more", "uri": "https://example.com/more"},
        {"type": "image", "data": DATA, "mimeType": "image/svg+xml"},
        {"type": "image", "data": "", "mimeType": "image/png"},
        {"type": "image", "data": "no base64", "mimeType": "image/png"},
    ]
    told = [part["text"] for part in fitted(results, content)]
    assert told[0] == "[audio]"
    assert "report.bin" in told[1]
    assert told[2] == "Read me"
    assert "https://example.com/more" in told[3]
    assert "image/svg+xml" in told[4]
    assert told[5] == told[6] == "[an image that cannot be shown: image/png]"
    assert "AAAA" not in str(told)


def test_a_picture_is_shown_now_and_named_later(results: ModuleType) -> None:
    picture = {"type": "image", "data": DATA, "mimeType": "image/png"}
    assert fitted(results, [text("A chart"), picture])[1]["data"] == DATA
    shown = [text("A chart"), {"type": "image", "image_url": f"data:image/png;base64,{DATA}"}]
    assert results.text_of(shown) == "A chart\n[an image]"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("iVBO\nRw8_\n/w==\n", "image/png"),
        ("iVBORw8//w", "image/png"),
        ("data:image/png;base64,iVBORw8//w==", "image/png"),
        ("iVBORw8//w==", "image/PNG; charset=binary"),
        ("iVBORw8//w==", "image/jpg"),
    ],
)
def test_a_picture_is_shown_however_it_is_written(
    results: ModuleType, data: str, kind: str
) -> None:
    (shown,) = fitted(results, [{"type": "image", "data": data, "mimeType": kind}])
    assert (shown["type"], shown["data"]) == ("image", "iVBORw8//w==")
    assert shown["mimeType"] in results.PICTURES


def test_pictures_have_so_much_room_together(results: ModuleType) -> None:
    small, large = DATA, "A" * (results.PICTURE_CHARS - len(DATA))
    given = [{**PICTURE, "data": data} for data in (large, small, small)]
    told = fitted(results, given)
    assert [part["type"] for part in told] == ["image", "image", "text"]
    assert "too large" in told[-1]["text"]


def test_a_long_result_is_cut_and_said_to_be(results: ModuleType) -> None:
    first, second, note = fitted(results, [text("x" * 900), text("y" * 2_000_000), text("z")])
    assert (len(first["text"]), len(second["text"])) == (900, 100)
    assert "2000901 characters" in note["text"]
    assert "1000 are here" in note["text"]


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"content": []}, "no result"),
        ({"content": [], "structuredContent": {"password": "hunter2", "why": "late"}}, "late"),
        ({"content": [PICTURE]}, "failed"),
        ({"content": [text("First."), text("password=hunter2")]}, "First."),
    ],
)
def test_a_call_that_failed_is_told_and_shown_as_that(
    person: Callable[..., Any],
    configured: Callable[..., None],
    offline_model: Any,
    result: dict[str, Any],
    told: str,
) -> None:
    server = MCPServer("failing")

    @server.tool()
    async def fail() -> CallToolResult:
        return CallToolResult.model_validate({**result, "isError": True})

    offline_model.script([ToolCall("fail"), "It failed."])
    with served(server.streamable_http_app()) as url:
        configured(MCP_SERVER_URL=f"{url}/mcp")
        said = person().say("Try")
    shown = said.of("thread.item.done")[1]["item"]["workflow"]
    assert shown["tasks"][0]["title"].endswith("(failed)")
    seen = offline_model.requests[-1].text
    assert "The tool failed." in seen
    assert told in seen
    assert "hunter2" not in seen


class Refusing:
    """A server of a few lines: its tool has an odd title, and each call is refused by protocol."""

    def __init__(self, code: int) -> None:
        error = {"code": code, "message": "`day` is missing, token=hunter2"}
        tool = {"name": "look", "title": "\u202eLook\n" * 50, "inputSchema": {"type": "object"}}
        self.answers: dict[str, dict[str, Any]] = {
            "initialize": {
                "result": {"capabilities": {}, "serverInfo": {"name": "few", "version": "1"}}
            },
            "tools/list": {"result": {"tools": [tool]}},
            "tools/call": {"status": code} if code > 0 else {"error": error},
        }

    async def answer(self, request: Request) -> Response:
        body = await request.json() if request.method == "POST" else {}
        if "id" not in body:
            return Response(status_code=202)
        said = self.answers.get(body["method"], {"result": {}})
        if "status" in said:
            return Response(status_code=said["status"])
        if body["method"] == "initialize":
            said["result"]["protocolVersion"] = body["params"]["protocolVersion"]
        return JSONResponse({"jsonrpc": "2.0", "id": body["id"], **said})


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (-32602, "`day` is missing"),
        (-32603, "check before"),
        (401, "not called: its server refused it with HTTP 401"),
        (502, "check before"),
    ],
)
def test_a_call_that_was_refused_by_protocol_is_told_why(
    person: Callable[..., Any],
    configured: Callable[..., None],
    offline_model: Any,
    code: int,
    told: str,
) -> None:
    route = Route("/mcp", Refusing(code).answer, methods=["POST", "GET", "DELETE"])
    offline_model.script([ToolCall("look"), "It failed."])
    with served(Starlette(routes=[route])) as url:
        configured(MCP_SERVER_URL=f"{url}/mcp", MCP_CALL_SECONDS="3")
        said = person().say("Try")
    (task,) = said.of("thread.item.done")[1]["item"]["workflow"]["tasks"]
    assert task["title"] == f"{'Look' * 25} (failed)"
    seen = offline_model.requests[-1].text
    assert told in seen
    assert ("may or may not" in seen) is (code in {-32603, 502})
    assert "hunter2" not in seen


def test_of_a_malformed_list_the_other_tools_are_offered(
    person: Callable[..., Any],
    configured: Callable[..., None],
    offline_model: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    few, nowhere = Refusing(-32602), {"$ref": "#/$defs/nowhere"}
    odd = {
        "to": nowhere,
        "day": {"type": "date", "minLength": "two", "enum": 5, "$ref": 7},
        "of": {"anyOf": {"type": "string"}, "items": 3, "required": [["to"]], "properties": []},
    }
    listed = few.answers["tools/list"]["result"]["tools"]
    listed += [
        {"inputSchema": {"type": "object"}},
        {"name": "", "inputSchema": {"type": "object"}},
        {"name": "no_schema"},
        {"name": "\u202elist", "inputSchema": {"type": "array"}},
        {"name": "text", "inputSchema": "{}"},
        {"name": "told", "description": ["a"], "inputSchema": {"type": "object"}},
        None,
        {"name": "bare", "inputSchema": {}},
        {"name": "odd", "inputSchema": {"type": "object", "properties": odd, "required": "to"}},
        {"name": "result", "inputSchema": {"type": "object"}, "outputSchema": nowhere},
    ]
    few.answers["tools/list"]["result"]["nextCursor"] = ""
    few.answers["tools/call"] = {"result": {"content": None, "structuredContent": {"found": "it"}}}
    offline_model.script([ToolCall("result"), "Found."])
    with served(Starlette(routes=[Route("/mcp", few.answer, methods=["POST", "GET"])])) as url:
        configured(MCP_SERVER_URL=f"{url}/mcp")
        said = person().say("Try")
    assert not said.of("notice")
    offered = {each["name"]: each for each in offline_model.requests[0].body["tools"]}
    assert sorted(offered) == ["bare", "look", "odd", "result"]
    assert offered["odd"]["parameters"]["properties"].keys() == odd.keys()
    assert '"date"' not in offline_model.requests[0].text
    assert '"found": "it"' in offline_model.requests[-1].text.replace("\\", "")
    (told,) = [each.getMessage() for each in caplog.records if "malformed" in each.getMessage()]
    names = re.findall(r"(\w+) \([^)]+: ", told)
    assert names == ["name", "name", "no_schema", "list", "text", "told", "name"]
    assert "list (inputSchema.type: Input should be 'object')" in told


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (text("Hello"), "Hello"),
        ("Hello", "Hello"),
        (text("") | {"text": None}, "[text]"),
        (text("Hello") | {"annotations": {"priority": 7}}, "Hello"),
        ({"type": "resource_link", "uri": "https://a.example"}, "[https://a.example]"),
        ({"type": "resource", "resource": {"text": "Hello"}}, "Hello"),
        ({"type": "video", "data": DATA}, "[video]"),
    ],
)
def test_of_a_malformed_result_is_told_what_can_be_read(
    results: ModuleType, part: Any, told: str
) -> None:
    for content in ([part], [text("First"), part], part if isinstance(part, dict) else [part]):
        result = {"content": content, "structuredContent": [4711]}
        results.forgive_result(result)
        CallToolResult.model_validate(result)
        assert [each["text"] for each in result["content"]][-2:] == [told, "[4711]"]


@pytest.mark.anyio
async def test_lists_of_some_languages_are_null(services: ModuleType) -> None:
    lists = import_module(f"{TARGET}.chatkit_runtime.tool_lists")
    listed, failed = {"tools": None, "nextCursor": ""}, {"isError": True}

    async def messages() -> Any:
        for result in (listed, failed):
            yield SimpleNamespace(message=SimpleNamespace(result=result))

    assert [each async for each in lists.WellFormedTools(messages(), print)]
    assert listed == {"tools": []}
    assert failed == {"isError": True, "content": []}


def test_a_picture_alone_is_told_to_chat_completions_as_no_text(
    person: Callable[..., Any], configured: Callable[..., None]
) -> None:
    server = MCPServer("pictures")

    @server.tool()
    async def draw() -> CallToolResult:
        return CallToolResult.model_validate({"content": [PICTURE]})

    script = providers.chat_calls("draw"), providers.chat_says("Drawn.")
    with served(server.streamable_http_app()) as url, providers.provider(*script) as model:
        configured(
            MCP_SERVER_URL=f"{url}/mcp", OPENAI_BASE_URL=model.url, MODEL_API="chat_completions"
        )
        assert person().say("Draw").text == "Drawn."
    (told,) = [each for each in model.bodies[-1]["messages"] if each["role"] == "tool"]
    assert "no text" in told["content"]
