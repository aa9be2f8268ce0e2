"""The model takes the settings that are sent to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chatkit_agent.checks.check import SOURCE, Finding, check
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.code import Call
from chatkit_agent.project.source.meaning import number_of

REASONING = re.compile(
    r"^(?:openai/)?(?:o[134](?:-mini|-pro)?|gpt-5(?:-mini|-nano|-pro)?)(?:-\d{4}.*)?$"
)
REFUSED = {"temperature": 0, "top_p": 1}
"""With their places among the arguments of `ModelSettings`."""


@check("CK004", needs=SOURCE, symptoms=("stream_error", "silent"))
def model_takes_settings(chat: Anatomy) -> Iterator[Finding]:
    """Reasoning models refuse `temperature` and `top_p`, and every turn fails. Only names and
    settings that are written down are judged.
    """
    for call in (*chat.agents, *chat.code.calls_of("agents", "RunConfig")):
        model = _model(call)
        made = chat.code.call_of(call.value("model_settings")) if model else None
        for name, place in REFUSED.items():
            each = made.argument(name, place) if made else None
            if made and each and number_of(chat.code, made.scope, each) is not None:
                yield Finding(
                    what=f"Every turn fails with 400: `{model}` does not take `{name}`.",
                    where=chat.code.where(made.scope, each),
                    evidence=f"The agent has `model={model!r}` and `{name}={syntax.code(each)}`.",
                    fix=f"Take `{name}` out, or use a model that is none of reasoning.",
                    cause="model settings",
                )


def _model(call: Call) -> str | None:
    """By its name, or of the SDK's class that is given the name."""
    made = call.code.call_of(call.value("model"))
    is_class = made is not None and made.method.endswith("Model")
    name = made.text("model", 0) if made and is_class else call.text("model")
    return name if name and REASONING.match(name) else None
