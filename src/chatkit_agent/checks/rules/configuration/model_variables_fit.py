"""The variables of the model hold what the SDK can use: key, address and name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, Severity, check
from chatkit_agent.evidence.static import Evidence, Setting
from chatkit_agent.project.source.meaning import names_used
from chatkit_agent.project.source.settings_fields import settings_fields
from chatkit_agent.project.source.variables import variables
from chatkit_agent.project.source.walking import literals, within_node

KEY, URL = "OPENAI_API_KEY", "OPENAI_BASE_URL"
OTHERS = {
    "sk-ant-": "Anthropic",
    "sk-or-": "OpenRouter",
    "gsk_": "Groq",
    "AIza": "Google",
    "xai-": "xAI",
    "hf_": "Hugging Face",
    "pplx-": "Perplexity",
    "nvapi-": "NVIDIA",
}
PLACEHOLDER = re.compile(
    r"your[-_ ]|<[^>]*>|\.\.\.|^(?:sk-)?x{3,}|change[-_ ]?me|replace[-_ ]|todo", re.I
)
NAMES_MODEL = re.compile(r"(?:^|_)MODEL(?:_NAME)?$")


@check("CK709", needs=PROJECT, symptoms=("stream_error", "silent", "server_error"))
def model_variables_fit(evidence: Evidence) -> Iterator[Finding]:
    """They take an address with its path, a bare key of the right provider, and a name. The values
    are checked and never shown.
    """
    for each in evidence.settings:
        if each.is_example or each.name in evidence.environ:
            continue
        if each.name == KEY:
            yield from _key(evidence, each)
        elif each.name == URL and each.value:
            yield from _address(each)
        elif NAMES_MODEL.search(each.name.upper()):
            yield from _model(evidence, each)


def _key(evidence: Evidence, key: Setting) -> Iterator[Finding]:
    refused = "Every turn fails: the model's provider refuses this key."
    owner = next((name for begun, name in OTHERS.items() if key.value.startswith(begun)), None)
    if PLACEHOLDER.search(key.value):
        yield _finding(key, refused, "Its value is a placeholder.", "Write your own key there.")
    elif re.search(r"[\s\"'`\u2018-\u201f]", key.value):
        fix = "Write the bare key, without quotes, blanks and `Bearer`."
        yield _finding(key, refused, "Its value has a blank or a quote in it.", fix)
    elif owner and not _goes_elsewhere(evidence):
        fix = f"Write a key of OpenAI there, or set `{URL}` to the other provider's address."
        yield _finding(key, refused, f"Its value has the form of a key of {owner}.", fix)


def _goes_elsewhere(evidence: Evidence) -> bool:
    """Whether the project names another address for the model."""
    code = evidence.chat.code
    is_set = URL in evidence.environ or any(evidence.set_in_files(URL))
    used = {name.lower() for each in code.modules for name in names_used(each.node)}
    used |= {text for each in code.modules for _, text in literals(each.node)}
    given = (call.argument("base_url") is not None for call in code.calls)
    return is_set or any(each.startswith("litellm") for each in used) or any(given)


def _address(url: Setting) -> Iterator[Finding]:
    what = "Every turn fails: the model is not at this address."
    fix = f"Set `{URL}` to the address that ends in `/v1`, such as `https://api.openai.com/v1`."
    parts = urlsplit(url.value)
    path = parts.path.rstrip("/")
    if parts.scheme not in ("http", "https") or re.search(r"[\s\"'`]", url.value):
        yield _finding(url, what, "Its value is no URL.", fix)
    elif path.endswith(("/chat/completions", "/responses", "/completions")):
        evidence = "Its value names one endpoint, to which the SDK adds its own path."
        yield _finding(url, what, evidence, fix)
    elif not path:
        is_sure = parts.hostname == "api.openai.com" or _port(url.value) == 11434
        evidence = "Its value has no path, and the SDK adds `/responses` and no `/v1`."
        yield _finding(url, what, evidence, fix, "error" if is_sure else "warning")


def _port(url: str) -> int | None:
    try:
        return urlsplit(url).port
    except ValueError:
        return None


def _model(evidence: Evidence, model: Setting) -> Iterator[Finding]:
    what = "Every turn fails: the model has no name that the provider knows."
    fix = "Write the model's name there, or take the line out."
    if re.search(r"\s", model.value.strip()):
        yield _finding(model, what, "Its value has a blank in it.", fix, "warning")
    elif not model.value and _is_taken(evidence, model.name):
        yield _finding(model, what, "It is set to nothing, and the code takes that.", fix)


def _is_taken(evidence: Evidence, name: str) -> bool:
    """Whether an empty value wins over the default."""
    code = evidence.chat.code
    if any("env_ignore_empty" in names_used(each.node) for each in code.modules):
        return False
    for settings in evidence.project.settings:
        fields = settings_fields(evidence.sources, settings)
        if fields and fields.knows(name) and settings.file in evidence.chat.code.files:
            return True
    made_up = {
        each.left
        for module in code.modules
        for each in within_node(module.node, cst.BooleanOperation)
        if isinstance(each.operator, cst.Or)
    }
    return any(each.name == name and each.node not in made_up for each in variables(code))


def _finding(
    setting: Setting, what: str, evidence: str, fix: str, severity: Severity = "error"
) -> Finding:
    return Finding(
        what=what,
        where=setting.where,
        evidence=f"`{setting.name}`: {evidence}",
        fix=fix,
        severity=severity,
        cause=f"model variable:{setting.name}",
    )
