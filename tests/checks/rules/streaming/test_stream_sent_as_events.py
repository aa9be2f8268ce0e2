"""Another media type than that of event streams is found however it is written, and no other."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.stream_sent_as_events import stream_sent_as_events
from tests.checks.rules.conftest import Findings

MAIN = """\
import json
from chatkit.server import StreamingResult
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.responses import StreamingResponse as Streamed
from app.answers import EVENTS, HEADERS, TEXT, Events, Texts, answered, pieces, plain
from app.server import Server
app = FastAPI()
server = Server()
@app.post("/chatkit")
async def chatkit(request: Request):
    # StreamingResponse(result, media_type="text/plain")
    result = await server.process(await request.body(), {{}})
    if isinstance(result, StreamingResult):
        {stream}
    {whole}
@app.get("/export")
async def export():
    return StreamingResponse(rows(), media_type="text/csv")
"""
ANSWERS = """\
from fastapi import responses
from fastapi.responses import StreamingResponse
EVENTS, TEXT = "text/event-stream", "text/plain"
HEADERS = {"Content-Type": "text/event-stream; charset=utf-8"}
class Events(StreamingResponse):
    media_type = EVENTS
class Texts(StreamingResponse):
    media_type = "application/x-ndjson"
def answered(result):
    return responses.StreamingResponse(result, media_type=EVENTS)
def plain(result):
    return responses.StreamingResponse(result)
async def pieces(result):
    async for piece in result:
        yield piece
"""
WHOLE = 'return Response(result.json, media_type="application/json")'
OTHER = {
    "nothing": "return StreamingResponse(result)",
    "None": "return StreamingResponse(result, media_type=None)",
    "JSON": 'return StreamingResponse(result, media_type="application/json")',
    "text": 'return StreamingResponse(result, media_type="text/plain")',
    "by its place": 'return StreamingResponse(result, 200, None, "text/plain")',
    "by a keyword": 'return StreamingResponse(content=result, media_type="text/plain")',
    "an alias": "return Streamed(result)",
    "a constant": "return StreamingResponse(result, media_type=TEXT)",
    "in the headers": 'return StreamingResponse(result, headers={"content-type": "text/plain"})',
    "not in the headers": 'return StreamingResponse(result, headers={"Cache-Control": "no-store"})',
    "a class": "return Texts(result)",
    "a helper": "return plain(result)",
    "what a helper makes of it": "return StreamingResponse(pieces(result))",
    "a generator here": "return StreamingResponse((piece async for piece in result))",
    "a generator around it": "async def piece_by_piece():\n            yield await anext(result)\n"
    "        return StreamingResponse(piece_by_piece())",
    "another name": "events = aiter(result)\n        return StreamingResponse(events)",
    "a response that is kept": "response = StreamingResponse(result)\n        return response",
    "as JSON": "return JSONResponse(result)",
    "as JSON by a keyword": "return JSONResponse(content=result)",
    "as a text": "return PlainTextResponse(result)",
}
EVENT_STREAMS = {
    "straight": 'return StreamingResponse(result, media_type="text/event-stream")',
    "in another case": 'return StreamingResponse(result, media_type="Text/Event-Stream")',
    "with a charset": 'return Streamed(result, media_type="text/event-stream; charset=utf-8")',
    "by its place": 'return StreamingResponse(result, 200, None, "text/event-stream")',
    "a constant": "return StreamingResponse(result, media_type=EVENTS)",
    "a constant of headers": "return StreamingResponse(result, headers=HEADERS)",
    "in the headers": 'return Streamed(result, headers={"content-type": "text/event-stream"})',
    "a class": "return Events(result)",
    "a helper": "return answered(result)",
    "what a helper makes of it": "return Events(pieces(result))",
    "a generator around something else": "async def piece_by_piece():\n            yield b''\n"
    "        return StreamingResponse(piece_by_piece())",
    "written later": "r = StreamingResponse(result)\n        r.media_type = EVENTS\n"
    "        return r",
    "written into its headers": "r = StreamingResponse(result)\n"
    '        r.headers["Content-Type"] = EVENTS\n        return r',
    "only running tells": "return StreamingResponse(result, media_type=settings.kind)",
    "only running tells what is given": "return StreamingResponse(result, **OPTIONS)",
    "another stream": "return StreamingResponse(rows(), media_type='text/csv')",
    "a response of our own": "return EventSourceResponse(result)",
    "a text about it": "log('StreamingResponse(result)')\n        return Events(result)",
}


def main(stream: str, whole: str = WHOLE) -> dict[str, str]:
    return {"app/main.py": MAIN.format(stream=stream, whole=whole), "app/answers.py": ANSWERS}


@pytest.mark.parametrize("name", OTHER)
def test_another_type(findings: Findings, name: str) -> None:
    (found,) = findings(stream_sent_as_events, main(OTHER[name]))
    assert found.where.startswith("app/")


@pytest.mark.parametrize("name", EVENT_STREAMS)
def test_an_event_stream(findings: Findings, name: str) -> None:
    assert not findings(stream_sent_as_events, main(EVENT_STREAMS[name]))


@pytest.mark.parametrize(
    "whole",
    [
        "return JSONResponse(json.loads(result.json))",
        "return Response(content=result.json, media_type='application/json')",
        "data = result.json\n    return Response(data)",
        "if hasattr(result, 'json'):\n        return Response(result.json)\n"
        "    return JSONResponse(result)",
        "return PlainTextResponse(str(len(result.json)))",
    ],
)
def test_what_does_not_stream_is_json(findings: Findings, whole: str) -> None:
    assert not findings(stream_sent_as_events, main(EVENT_STREAMS["straight"], whole))


def test_what_never_streams(findings: Findings) -> None:
    files = main("pass", "return Response(await server._process_non_streaming(asked, {}))")
    files["app/main.py"] = files["app/main.py"].replace("server.process(", "read(")
    assert not findings(stream_sent_as_events, files)


@pytest.mark.parametrize(("asked", "number"), [("result", 1), ("request", 1), ("result.json", 2)])
def test_a_result_of_which_nothing_was_asked(findings: Findings, asked: str, number: int) -> None:
    front = MAIN.partition("    if isinstance")[0].format()
    line = "result" if asked == "request" else asked
    more = "    assert isinstance(request, Request)\n" if asked == "request" else ""
    files = {**main("pass"), "app/main.py": f"{front}{more}    return JSONResponse({line})\n"}
    assert len(findings(stream_sent_as_events, files)) == number


IS_STREAM = "isinstance(result, StreamingResult)"
STREAM = 'return StreamingResponse(result, media_type="text/event-stream")'
ROUTE = """\
import asyncio, json
from chatkit.server import NonStreamingResult, StreamingResult
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from app.sending import send, send_stream
from app.server import Server
app = FastAPI()
server = Server()
@app.post("/chatkit")
async def chatkit(request: Request):
    result = {handed}
    {lines}
async def handed_on(request):
    return await server.process(await request.body(), {{}})
"""
SENDING = """\
from fastapi.responses import Response, StreamingResponse
def send(result):
    return Response(result.json, media_type="application/json")
def send_stream(result):
    return StreamingResponse(result, media_type="text/event-stream")
"""


def routed(
    *lines: str, handed: str = "await server.process(await request.body(), {})"
) -> dict[str, str]:
    route = ROUTE.format(lines="\n    ".join(lines), handed=handed)
    return {"app/main.py": route, "app/sending.py": SENDING}


@pytest.mark.parametrize(
    "lines",
    [
        [STREAM],
        [WHOLE],
        ["return result"],
        ["return send(result)"],
        ["return send_stream(result)"],
        ["answer = result", "return send(answer)"],
        ["return JSONResponse(json.loads(result.json))"],
        [f"if {IS_STREAM}:", f"    {WHOLE}", STREAM],
        [f"if {IS_STREAM}:", f"    {STREAM}", "return JSONResponse(result.json)"],
        [f"if {IS_STREAM}:", f"    {STREAM}", STREAM.replace("result", "result.json")],
        ["async def events():", "    async for each in result:", "        yield each", WHOLE],
    ],
)
def test_found_where_a_result_is_taken_for_the_other(findings: Findings, lines: list[str]) -> None:
    found = findings(stream_sent_as_events, routed(*lines))
    assert {each.cause for each in found} == {"result kind"}


def test_found_where_a_helper_hands_it_over(findings: Findings) -> None:
    files = routed(STREAM, handed="await handed_on(request)")
    assert findings(stream_sent_as_events, files)
    assert findings(stream_sent_as_events, routed(STREAM, handed="asyncio.run(handed_on(request))"))


@pytest.mark.parametrize(
    "lines",
    [
        [f"if {IS_STREAM}:", "    return send_stream(result)", "return send(result)"],
        ["if isinstance(result, NonStreamingResult):", f"    {WHOLE}", STREAM],
        ["if hasattr(result, 'json'):", f"    {WHOLE}", STREAM],
        [f"return send_stream(result) if {IS_STREAM} else send(result)"],
        ["if streams(result):", f"    {STREAM}", WHOLE],
        ["match result:", "    case StreamingResult():", f"        {STREAM}", WHOLE],
        [f"if {IS_STREAM}:", f"    {STREAM}", "answer = send(result)", "return answer"],
        ["try:", f"    {WHOLE}", "except AttributeError:", f"    {STREAM}"],
    ],
)
def test_quiet_where_it_is_asked_which_it_is(findings: Findings, lines: list[str]) -> None:
    assert not findings(stream_sent_as_events, routed(*lines))
