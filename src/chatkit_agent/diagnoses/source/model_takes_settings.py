"""The model takes the settings that are sent to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.evidence.static import Observations
from chatkit_agent.findings import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scopes import Call, literals, within_node

REASONING = re.compile(r"^(?:o[134](?:-mini|-pro)?|gpt-5(?:-mini|-nano|-pro)?)(?:-\d{4}.*)?$")
REFUSED = ("temperature", "top_p")


def model_takes_settings(observations: Observations) -> Iterator[Finding]:
    """Reasoning models refuse sampling settings; only literals are judged."""
    chat = observations.chat
    for call in chat.agents:
        model = _model(chat, call)
        given = call.argument("model_settings")
        for each in within_node(given, cst.Arg) if model and given is not None else ():
            name = each.keyword.value if each.keyword else ""
            if name in REFUSED and syntax.dotted(each.value) != "None":
                yield Finding(
                    what=f"Every turn fails with 400: `{model}` does not take `{name}`.",
                    where=chat.code.where(call.scope, each),
                    evidence=f"The agent has `model={model!r}` and `{syntax.code(each)}`.",
                    fix=f"Take `{name}` out, or use a model that is none of reasoning.",
                    cause="model settings",
                    explains=("stream_error", "silent"),
                )


def _model(chat: Anatomy, call: Call) -> str | None:
    given = call.argument("model")
    held = chat.code.sources.definition(chat.code.resolve(call.scope, syntax.dotted(given)))
    value = held.value if isinstance(held, syntax.Assignment) else given
    texts = [text for _, text in literals(value)] if value is not None else []
    return next((text for text in texts if REASONING.match(text)), None)
