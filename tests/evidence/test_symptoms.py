"""What people say that they see leads to the symptoms that findings explain."""

from __future__ import annotations

import pytest

from chatkit_agent.evidence.symptoms import symptoms_in

SAID = {
    "chat is down": "unavailable",
    "502 bad gateway from nginx": "unavailable",
    "ERR_CONNECTION_REFUSED": "does_not_start",
    "uvicorn won't start": "does_not_start",
    "container restarts in a loop": "does_not_start",
    "the assistant never replies": "silent",
    "spinner forever": "silent",
    "The assistant says its tools are away": "silent",
    "nothing shows up after I send a message": "silent",
    "Something went wrong": "stream_error",
    "422 Unprocessable Entity": "extra_fields",
    "MCP says invalid token": "token_missing",
    "the bot doesn't know who I am": "token_missing",
    "says I'm not logged in": "unauthorized",
    'relation "threads" does not exist': "server_error",
    "answer stops in the middle": "cut_off",
    "stream ends early": "cut_off",
    "Failed to fetch": "cors",
    "messages vanish after refresh": "forgets",
    "messages in the wrong order": "forgets",
    "order created 2x": "repeats",
    "Bob sees Alice's conversation": "mixed_up",
    "our bearer token shows up in the logs": "leaks",
    "takes 30 seconds to respond": "slow",
    "429 too many requests": "slow",
    "the widget is just white": "invisible",
    "domain verification failed": "invisible",
}


@pytest.mark.parametrize(("words", "symptom"), SAID.items())
def test_the_words_of_people(words: str, symptom: str) -> None:
    assert symptom in symptoms_in(words)


@pytest.mark.parametrize("words", ["the login page is pretty", "change the title", "execute it"])
def test_other_words_say_little(words: str) -> None:
    assert not symptoms_in(words) - {"unauthorized"}
