"""What a real model does to the delivered chat: it streams, stops, overflows, and says nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from ..checking import copied
from ..reference.people import Person, Said, message, text_of, words_of

PROMPTS = (
    "Once upon a time there was a small boat, and",
    "The capital of France is",
    "List the months of the year:",
    "?",
    "Thanks, bye.",
    "1, 2, 3, 4,",
    "Why?",
    "...",
)


def end_of(said: Said) -> str:
    """Each turn ends with words, or says why there are none."""
    errors = [event["message"] for event in said.of("error")]
    assert said.text.strip() or errors, "the person saw nothing"
    assert not any("went wrong" in error or "did not accept" in error for error in errors)
    return said.text or errors[0]


def test_it_streams_what_is_stored(
    person: Callable[..., Person], configured: Callable[..., None]
) -> None:
    configured(MAX_OUTPUT_TOKENS="40")
    alice, times, text, thread = person(), [], "", ""
    for prompt in PROMPTS:  # a base model may have nothing to say to the first of them
        with alice.saying(prompt) as events:
            thread = next(events)["thread"]["id"]
            for event in events:
                if delta := event.get("update", {}).get("delta"):
                    times.append(time.monotonic())
                    text += delta
        if len(times) >= 3:
            break
        times, text = [], ""
    # Pieces that wait for each other are joined.
    assert len(times) >= 3
    assert times[-1] - times[0] > 0.1
    assert text_of(alice.items(thread)[-1]).removesuffix(" […]").strip() == text.strip()


def test_stop_ends_the_work_of_the_server(
    person: Callable[..., Person], configured: Callable[..., None], model: str
) -> None:
    configured(MAX_OUTPUT_TOKENS="900")
    alice = person()
    began = time.monotonic()
    with alice.saying(PROMPTS[0]) as events:
        thread = words_of(events, 12)["thread"]["id"]
        pace = (time.monotonic() - began) / 12
    stopped = time.monotonic()
    # It answers one request after the other: this one waits for whatever still goes on.
    asked = {"prompt": "Hello", "max_tokens": 1}
    answer = httpx.post(f"{model}/completions", json=asked, timeout=600, trust_env=False)
    assert answer.status_code == 200
    waited = time.monotonic() - stopped
    assert waited < 200 * pace, f"it waited {waited:.1f} s, at {pace:.2f} s a word"
    items = alice.items(thread)
    assert text_of(items[-1]).strip()


def test_a_history_that_is_too_long_does_not_end_in_silence(
    person: Callable[..., Person], configured: Callable[..., None]
) -> None:
    alice = person()
    thread = None
    for number in range(5):
        # What was accepted is kept, and left at once: nothing has to be answered.
        with alice.saying(f"{number}: " + "The ship sails over the sea. " * 40, thread) as events:
            first = next(events)
            thread = thread or first["thread"]["id"]
    said = alice.say("And then?", thread)
    (error,) = said.of("error")
    # In a stream this server says nothing of why; asked without one, it does.
    assert error["message"] == "The model broke off. Try again."
    end_of(alice.say("Hello"))


@pytest.mark.parametrize("prompt", PROMPTS)
def test_no_turn_ends_in_silence(person: Callable[..., Person], prompt: str) -> None:
    alice = person()
    said = alice.say(prompt)
    end_of(said)
    end_of(alice.say("And then?", said.thread))


@pytest.mark.parametrize(
    "prompt", ["日本語で海について書いてください", "🙂🙃🙂🙃🙂", "Ж ё ц ш щ ы ", "नमस्ते दुनिया"]
)
def test_characters_that_come_in_pieces_are_whole(
    person: Callable[..., Person], prompt: str
) -> None:
    alice = person()
    with alice.saying(prompt) as events:
        came = list(events)
    said = Said(came, None)
    end_of(said)
    streamed = "".join(event.get("update", {}).get("delta", "") for event in came)
    assert "\ufffd" not in streamed
    streamed.encode()
    stored = "".join(map(text_of, alice.items(said.thread)))
    assert stored.removesuffix(" […]").strip() == streamed.strip()


def test_roles_that_its_template_refuses(
    person: Callable[..., Person], configured: Callable[..., None]
) -> None:
    """Its template wants people and the model to take turns; nobody answered the first question."""
    alice = person()
    with alice.saying("A question that nobody waits for") as events:
        thread = next(events)["thread"]["id"]
    time.sleep(1)
    for text in ("The second", "The third"):
        end_of(alice.say(text, thread))
    assert [item["type"] for item in alice.items(thread)].count("user_message") == 3


def test_a_call_that_a_grammar_forces_is_made_as_the_person(
    person: Callable[..., Person],
    configured: Callable[..., None],
    calling_model: str,
    toolbox: Any,
) -> None:
    configured(
        OPENAI_BASE_URL=calling_model,
        TOOL_CHOICES="add_task",
        MCP_TOOLS="add_task",
        MAX_TURNS="2",
        MAX_OUTPUT_TOKENS="100",
    )
    alice = person()
    asked = message("Add a task: buy milk")
    asked["inference_options"] = {"tool_choice": {"id": "add_task"}}
    with alice.stream("threads.create", input=asked) as events:
        said = Said(list(events), None)
    assert len(toolbox.done) == 1, said.events
    assert toolbox.headers == [f"Bearer {alice.token}"]
    steps = [item for item in alice.items(said.thread) if item["type"] == "workflow"]
    assert steps[0]["workflow"]["tasks"][0]["title"] == "Add a task"
    end_of(said)
    # The server refuses a result in parts, and calls that an error of its own.
    assert not any("had an error" in event["message"] for event in said.of("error")), said.events


@pytest.mark.parametrize("server", ["model", "calling_model"])
def test_ask_survives_nonsense(
    tmp_path: Path, request: pytest.FixtureRequest, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copied("module_level", tmp_path)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    monkeypatch.setenv("OPENAI_API_KEY", "local")
    monkeypatch.setenv("OPENAI_BASE_URL", request.getfixturevalue(server))
    agent = Path(sys.executable).with_name("chatkit-agent")
    task = ["ask", "Add a chat", "--project", str(root), "--max-turns", "3", "--json"]
    done = subprocess.run(
        [str(agent), *task], capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode in {0, 1, 2, 3, 4}, done.stderr
    assert "Traceback" not in done.stderr
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert after == before
