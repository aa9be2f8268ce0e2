"""The model takes the settings that are sent to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.walking import literals

REASONING = re.compile(r"^(?:o[134](?:-mini|-pro)?|gpt-5(?:-mini|-nano|-pro)?)(?:-\d{4}.*)?$")
REFUSED = ("temperature", "top_p")


@check(
    "CK004",
    "The model takes the settings that are sent to it",
    needs=SOURCE,
    symptoms=("stream_error", "silent"),
)
def model_takes_settings(chat: Anatomy) -> Iterator[Finding]:
    """The model takes the settings that are sent to it: reasoning models refuse `temperature`
    and `top_p`, and every turn fails. Only names and settings that are written down are judged.
    """
    for call in chat.agents:
        model = _model(chat, call)
        made = chat.code.call_of(call.value("model_settings")) if model else None
        for name, each in made.keywords.items() if made else ():
            if name in REFUSED and syntax.dotted(chat.code.value(call.scope, each)) != "None":
                yield Finding(
                    what=f"Every turn fails with 400: `{model}` does not take `{name}`.",
                    where=chat.code.where(call.scope, each),
                    evidence=f"The agent has `model={model!r}` and `{name}={syntax.code(each)}`.",
                    fix=f"Take `{name}` out, or use a model that is none of reasoning.",
                    cause="model settings",
                )


def _model(chat: Anatomy, call: Call) -> str | None:
    given = call.argument("model")
    held = chat.code.sources.definition(chat.code.resolve(call.scope, syntax.dotted(given)))
    value = held.value if isinstance(held, syntax.Assignment) else given
    texts = [text for _, text in literals(value)] if value is not None else []
    return next((text for text in texts if REASONING.match(text)), None)
