"""An apology as a message is found; an error event, or an answer outside a handler, is not."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.streaming.failures_are_no_messages import failures_are_no_messages
from tests.checks.rules.conftest import Findings

SERVER = """\
from chatkit.server import ChatKitServer
from chatkit.types import AssistantMessageItem, ErrorEvent, ThreadItemDoneEvent
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        try:
            yield ThreadItemDoneEvent(item=AssistantMessageItem(text="fine"))
        except {kind}:
            {line}
"""


@pytest.mark.parametrize("kind", ["Exception as e", "ConnectionError"])
def test_found(findings: Findings, kind: str) -> None:
    line = 'yield ThreadItemDoneEvent(item=AssistantMessageItem(text="I apologize"))'
    server = SERVER.format(kind=kind, line=line)
    (finding,) = findings(failures_are_no_messages, {"app/server.py": server})
    assert finding.where == "app/server.py:8"


HELPERS = """\
    def said(self, text):
        return ThreadItemDoneEvent(item=AssistantMessageItem(content=text))
    def sorry(self):
        return ThreadItemDoneEvent(item=AssistantMessageItem(content="Something went wrong."))
    async def keep(self, text):
        await self.store.save_item("t", AssistantMessageItem(content=text), None)
"""


@pytest.mark.parametrize(
    "line",
    [
        "yield self.sorry()",
        'yield self.said(f"I could not do that: {e}")',
        'await queue.put(self.said("Sorry, try again."))',
        'await queue.put(AssistantMessageItem(content="Sorry, try again."))',
    ],
)
@pytest.mark.parametrize("method", ["respond", "_turn"])
def test_an_apology_that_a_function_makes(findings: Findings, line: str, method: str) -> None:
    server = SERVER.format(kind="Exception as e", line=line).replace("respond", method) + HELPERS
    (finding,) = findings(failures_are_no_messages, {"app/server.py": server})
    assert finding.where == "app/server.py:8"


@pytest.mark.parametrize("told", ["raise", "yield ErrorEvent(message=f'Error: {e}')"])
def test_quiet_where_what_was_said_is_kept(findings: Findings, told: str) -> None:
    line = f"logger.exception('it failed'); await self.keep(said); {told}"
    server = SERVER.format(kind="Exception", line=line) + HELPERS
    assert not findings(failures_are_no_messages, {"app/server.py": server})


@pytest.mark.parametrize(
    "line",
    [
        "raise CustomStreamError('It failed.', allow_retry=True)",
        "yield ErrorEvent(message='It failed.')",
        "logger.exception('failed')",
    ],
)
def test_quiet(findings: Findings, line: str) -> None:
    server = SERVER.format(kind="Exception", line=line)
    assert not findings(failures_are_no_messages, {"app/server.py": server})


SPELLED = """\
import chatkit.types as t
from chatkit.server import ChatKitServer
from chatkit.types import AssistantMessageContent as Part, AssistantMessageItem as Item
from app.words import SORRY, apology, shown
LOST = "Es tut mir leid, das ging schief."
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        said = ""
        try:
            async for piece in self.pieces():
                said += piece
                yield piece
        except {kind} as e:
            {line}
    def event(self, text, place=0):
        return t.ThreadItemDoneEvent(item=Item(id="i", content=[Part(text=text)]))
    async def keep(self, text):
        await self.store.save_item("t", Item(id="i", content=[Part(text=text)]), None)
"""
WORDS = """\
from chatkit.types import AssistantMessageContent, AssistantMessageItem
SORRY = "The model is not there."
def apology(thread, words=SORRY):
    return AssistantMessageItem(id=thread.id, content=[AssistantMessageContent(text=words)])
def shown(text):
    return text[:100]
"""


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "yield t.ThreadItemDoneEvent(item=Item(id='i', content=[Part(text=LOST)]))"),
        (1, "yield t.ThreadItemDoneEvent(item=t.AssistantMessageItem(content=[Part(text=SORRY)]))"),
        (1, "yield self.event(LOST)"),
        (1, "yield self.event(place=1, text=f'Oh no: {e}')"),
        (1, "yield self.event(str(e))"),
        (1, "yield apology(thread)"),
        (1, "answer = apology(thread); await self.store.add_thread_item('t', answer, None)"),
        (1, "await self.keep(SORRY); raise"),
        (1, "told = 'It failed.' if e else f'Lost: {e}'; yield self.event(told)"),
        (
            1,
            "told = 'a b' + said\n            if e: told = 'c d'\n            yield self.event(told)",
        ),
        (0, "yield self.event(said); raise"),
        (0, "yield t.ThreadItemDoneEvent(item=Item(id='i', content=[Part(text=said)])); raise"),
        (0, "await self.keep(shown(said)); yield t.ErrorEvent(message=LOST)"),
        (0, "log('Item: it did not work', Item, said); raise"),
        (0, "raise  # yield self.event('Sorry, that failed')"),
        (0, "await self.keep(said); log.error('Sorry, it failed: %s', e)"),
    ],
)
@pytest.mark.parametrize("kind", ["Exception", "(OSError, ValueError)"])
def test_spelled(findings: Findings, count: int, line: str, kind: str) -> None:
    files = {"app/server.py": SPELLED.replace("{kind}", kind).replace("{line}", line)}
    assert len(findings(failures_are_no_messages, {**files, "app/words.py": WORDS})) == count


REWORDED = """\
from chatkit.server import ChatKitServer
from chatkit.types import AssistantMessageContent, AssistantMessageItem, ProgressUpdateEvent
SORRY = "Sorry, that did not work."
def reword(item, words):
    item.content[0].text = words
def sorry(item):
    for part in item.content:
        part.text = "Sorry, it failed."
class Server(ChatKitServer[dict]):
    async def respond(self, thread, item, context):
        answer, said = AssistantMessageItem(id="i", content=[]), ""
        progress = ProgressUpdateEvent(text="x")
        try:
            yield answer
        except Exception as e:
            {line}
"""


@pytest.mark.parametrize(
    ("count", "line"),
    [
        (1, "answer.content[0].text = SORRY; yield answer"),
        (1, "answer.content[0].text = f'It failed: {e}'"),
        (1, "answer.content = [AssistantMessageContent(text=SORRY)]"),
        (1, "answer.content.append(AssistantMessageContent(text=str(e)))"),
        (1, "part = answer.content[0]; part.text = 'Sorry, I am lost.'"),
        (1, "for part in answer.content: part.text = SORRY"),
        (1, "words = str(e); answer.content[-1].text = words"),
        (1, "answer.model_copy(update={'content': [{'type': 'output_text', 'text': SORRY}]})"),
        (1, "reword(answer, SORRY)"),
        (1, "reword(words=f'no: {e}', item=answer)"),
        (1, "sorry(answer)"),
        (0, "answer.content[0].text = said; raise"),
        (0, "answer.content[0].text += ' (it broke off)'; raise"),
        (0, "answer.content[0].text = answer.content[0].text + ' (broken off)'; raise"),
        (0, "progress.text = 'It did not work.'; yield progress; raise"),
        (0, "reword(answer, said); raise"),
        (0, "self.text = 'It did not work.'; raise"),
        (0, "answer = answer.model_copy(update={'id': 'a new id'}); raise"),
        (0, "raise  # answer.content[0].text = SORRY"),
    ],
)
def test_a_message_that_is_made_to_say_it(findings: Findings, count: int, line: str) -> None:
    files = {"app/server.py": REWORDED.replace("{line}", line)}
    assert len(findings(failures_are_no_messages, files)) == count
