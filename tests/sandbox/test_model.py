"""The offline model is taken for OpenAI by OpenAI's own client and by the Agents SDK."""

from __future__ import annotations

import asyncio
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import openai
import pytest
from agents import (
    Agent,
    Model,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    RunConfig,
    Runner,
    function_tool,
)
from agents.exceptions import ModelBehaviorError
from openai import AsyncOpenAI, OpenAI

from chatkit_agent.sandbox.model import OfflineModel, ToolCall

APIS = ["responses", "completions"]
# Before its third version OpenAI's client let the transport's own error through.
BROKEN = (openai.APIConnectionError, httpx.TransportError)
UNTRACED = RunConfig(tracing_disabled=True)


@pytest.fixture
def model() -> Iterator[OfflineModel]:
    with OfflineModel() as model:
        yield model


@pytest.fixture
def client(model: OfflineModel) -> Iterator[OpenAI]:
    with OpenAI(base_url=model.url, api_key="key-of-test", max_retries=0) as client:
        yield client


def ask(client: OpenAI, api: str, message: str) -> str:
    if api == "responses":
        return client.responses.create(model="any", input=message).output_text
    messages: Any = [{"role": "user", "content": message}]
    answer = client.chat.completions.create(model="any", messages=messages)
    return answer.choices[0].message.content or ""


def stream(client: OpenAI, api: str, message: str) -> Iterator[str]:
    if api == "responses":
        for event in client.responses.create(model="any", input=message, stream=True):
            if event.type == "response.output_text.delta":
                yield event.delta
        return
    messages: Any = [{"role": "user", "content": message}]
    for chunk in client.chat.completions.create(model="any", messages=messages, stream=True):
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def run(model: OfflineModel, api: str, message: str, *, streamed: bool, **agent: Any) -> str:
    async def turn() -> str:
        async with AsyncOpenAI(base_url=model.url, api_key="k", max_retries=0) as client:
            served: Model = (
                OpenAIResponsesModel("any", client)
                if api == "responses"
                else OpenAIChatCompletionsModel("any", client)
            )
            who = Agent("test", instructions="Be brief.", model=served, **agent)
            if not streamed:
                return str((await Runner.run(who, message, run_config=UNTRACED)).final_output)
            result = Runner.run_streamed(who, message, run_config=UNTRACED)
            said = [
                event.data.delta
                async for event in result.stream_events()
                if event.type == "raw_response_event"
                and event.data.type == "response.output_text.delta"
            ]
            assert "".join(said) == result.final_output
            assert len(said) > 3
            return str(result.final_output)

    return asyncio.run(turn())


@pytest.mark.parametrize("api", APIS)
def test_it_says_what_it_is_and_the_same_each_time(client: OpenAI, api: str) -> None:
    said = ask(client, api, "hello there")
    assert "offline model" in said
    assert "hello there" in said
    assert ask(client, api, "hello there") == said
    pieces = list(stream(client, api, "hello there"))
    assert "".join(pieces) == said
    assert len(pieces) > 5


def test_the_event_sequence_is_the_one_of_the_responses_api(client: OpenAI) -> None:
    events = list(client.responses.create(model="any", input="hello", stream=True))
    kinds = [event.type for event in events]
    assert [kind for at, kind in enumerate(kinds) if kinds.index(kind) == at] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    with client.responses.stream(model="any", input="hello") as accumulated:
        final = accumulated.get_final_response()
    assert "hello" in final.output_text
    assert final.usage is not None
    assert final.usage.total_tokens == final.usage.input_tokens + final.usage.output_tokens > 0


def test_every_event_validates_against_the_types_of_openai(client: OpenAI) -> None:
    from openai.types.responses import ResponseStreamEvent
    from pydantic import TypeAdapter

    adapter: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    tools: Any = [{"type": "function", "name": "list_tasks", "parameters": {}, "strict": False}]
    for message in ("hello", "list my tasks"):
        for event in client.responses.create(model="a", input=message, tools=tools, stream=True):
            adapter.validate_python(event.model_dump(warnings=False))


def test_usage_is_streamed_where_it_is_asked_for(client: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "hello"}]
    chunks = list(
        client.chat.completions.create(
            model="any", messages=messages, stream=True, stream_options={"include_usage": True}
        )
    )
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("api", APIS)
def test_an_agent_calls_a_tool_and_tells_its_result(
    model: OfflineModel, api: str, streamed: bool
) -> None:
    added: list[str] = []

    @function_tool
    def add_task(title: str) -> str:
        """Add a task."""
        added.append(title)
        return f"task 7 is {title}"

    @function_tool
    def list_tasks() -> str:
        """List the tasks."""
        return "none"

    said = run(
        model,
        api,
        "Please add a task: buy milk",
        streamed=streamed,
        tools=[list_tasks, add_task],
    )
    assert added == ["buy milk"]
    assert "task 7 is buy milk." in said
    assert len(model.requests) == 2


def test_models_are_listed(client: OpenAI) -> None:
    assert [one.id for one in client.models.list()] == ["offline-model"]


def test_a_request_is_recorded_as_it_came(model: OfflineModel, client: OpenAI) -> None:
    ask(client, "responses", "hello")
    (request,) = model.requests
    assert (request.method, request.path) == ("POST", "/v1/responses")
    assert request.headers["authorization"] == "Bearer key-of-test"
    assert request.body == {"model": "any", "input": "hello"}
    assert '"hello"' in request.text
    assert request.finished
    assert not request.hung_up


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, openai.AuthenticationError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
def test_it_fails_as_told(
    model: OfflineModel, client: OpenAI, api: str, status: int, error: type[Exception]
) -> None:
    model.behave(status, times=1)
    with pytest.raises(error, match="offline model"):
        ask(client, api, "hello")
    assert ask(client, api, "hello")
    model.behave(status)
    for _ in range(2):
        with pytest.raises(error):
            list(stream(client, api, "hello"))
    model.behave()
    assert ask(client, api, "hello")


@pytest.mark.parametrize("api", APIS)
def test_it_breaks_off_in_the_middle(model: OfflineModel, client: OpenAI, api: str) -> None:
    model.behave(break_after=3)
    words = stream(client, api, "hello")
    assert len([next(words) for _ in range(3)]) == 3
    with pytest.raises(BROKEN):
        next(words)
    with pytest.raises(BROKEN):
        ask(client, api, "hello")
    assert not any(request.finished or request.hung_up for request in model.requests)


@pytest.mark.parametrize("api", APIS)
def test_it_is_slow_as_told(model: OfflineModel, client: OpenAI, api: str) -> None:
    model.behave(first_token_delay=0.3, seconds_per_word=0.02)
    started = time.monotonic()
    times = [time.monotonic() - started for _ in stream(client, api, "hello")]
    assert times[0] >= 0.3
    assert times[-1] - times[0] >= 0.02 * (len(times) - 1) * 0.9


@pytest.mark.parametrize("api", APIS)
def test_it_notices_who_hangs_up(model: OfflineModel, client: OpenAI, api: str) -> None:
    model.behave(seconds_per_word=0.05)
    words = stream(client, api, "hello")
    next(words)
    words.close()  # type: ignore[attr-defined]
    client.close()
    wait_until(lambda: model.disconnects)
    assert not model.requests[0].finished


@pytest.mark.parametrize("api", APIS)
def test_it_is_held_until_it_is_released(model: OfflineModel, client: OpenAI, api: str) -> None:
    model.behave(hold_after=2, times=1)
    words = stream(client, api, "hello")
    assert len([next(words) for _ in range(2)]) == 2
    assert not model.requests[0].finished
    model.release()
    assert list(words)
    assert list(stream(client, api, "hello"))


@pytest.mark.parametrize("api", APIS)
def test_a_script_is_followed_and_then_left(model: OfflineModel, client: OpenAI, api: str) -> None:
    model.script(["first", "nul \x00 here", "lone \ud800 here"])
    assert ask(client, api, "x") == "first"
    assert "".join(stream(client, api, "x")) == "nul \x00 here"
    assert "".join(stream(client, api, "x")) == "lone \ud800 here"
    assert "offline model" in ask(client, api, "x")


@pytest.mark.parametrize("api", APIS)
def test_a_scripted_tool_need_not_exist(model: OfflineModel, api: str) -> None:
    model.script([ToolCall("no_such_tool", {"a": 1})])
    with pytest.raises(ModelBehaviorError, match="no_such_tool"):
        run(model, api, "hello", streamed=True)


def test_scripted_arguments_may_be_broken_json(model: OfflineModel, client: OpenAI) -> None:
    model.script([ToolCall("add", "{broken")])
    call: Any = client.responses.create(model="any", input="x").output[0]
    assert (call.name, call.arguments) == ("add", "{broken")


def test_a_result_without_its_call_is_refused(client: OpenAI) -> None:
    orphan: Any = [{"type": "function_call_output", "call_id": "c1", "output": "x"}]
    with pytest.raises(openai.BadRequestError, match="No tool call found"):
        client.responses.create(model="any", input=orphan)
    orphan = [{"role": "tool", "tool_call_id": "c1", "content": "x"}]
    with pytest.raises(openai.BadRequestError, match="No tool call found"):
        client.chat.completions.create(model="any", messages=orphan)


def test_a_call_without_its_result_and_a_double_id_are_refused(client: OpenAI) -> None:
    call = {"type": "function_call", "call_id": "c1", "name": "add", "arguments": "{}"}
    inputs: list[Any] = [call]
    with pytest.raises(openai.BadRequestError, match="No tool output found"):
        client.responses.create(model="any", input=inputs)
    message: Any = {"id": "m1", "type": "message", "role": "user", "content": "x"}
    with pytest.raises(openai.BadRequestError, match="Duplicate item"):
        client.responses.create(model="any", input=[message, message])


def test_what_is_no_request_gets_a_client_error(model: OfflineModel, client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="any", input="x")
    with pytest.raises(openai.BadRequestError, match="Malformed"):
        client.post("/chat/completions", body={"model": "any"}, cast_to=object)


def test_many_run_at_once_and_leave_nothing_behind() -> None:
    before = threading.active_count()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with OfflineModel() as one, OfflineModel() as other:
            assert one.url != other.url
            for model in (one, other):
                with OpenAI(base_url=model.url, api_key="k") as client:
                    ask(client, "responses", "hello")
            assert len(one.requests) == len(other.requests) == 1
    assert threading.active_count() == before


def test_leaving_does_not_wait_for_a_stream_that_nobody_ends() -> None:
    with OfflineModel(seconds_per_word=5) as model, OpenAI(base_url=model.url, api_key="k") as slow:
        next(stream(slow, "responses", "hello"))
        started = time.monotonic()
        model.__exit__()
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("api", APIS)
def test_a_model_of_another_name_is_not_there(
    model: OfflineModel, client: OpenAI, api: str
) -> None:
    model.names = ("any",)
    assert ask(client, api, "hello")
    assert [each.id for each in client.models.list()] == ["any"]
    model.names = ("other",)
    with pytest.raises(openai.NotFoundError) as refused:
        ask(client, api, "hello")
    assert refused.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("any")
