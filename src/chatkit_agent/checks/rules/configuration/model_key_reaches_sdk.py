"""A model key in the environment file reaches the SDK."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import PROJECT, Finding, check
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.static.environment import is_loaded_at_start
from chatkit_agent.project.source.code import Call, Code
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.variables import variable_of
from chatkit_agent.project.source.walking import within_node

NAME = "OPENAI_API_KEY"
LOADING = ("load_dotenv", "dotenv_values", "set_default_openai_key", "set_default_openai_client")
CLIENTS = ("openai", "agents", "litellm")


@check("CK708", needs=PROJECT, severity="warning", symptoms=("stream_error", "silent"))
def model_key_reaches_sdk(evidence: Evidence) -> Iterator[Finding]:
    """A model key in the environment file reaches the SDK, which looks into the environment
    only: by `load_dotenv()`, by the command that starts the application, or given to a client.
    """
    chat = evidence.chat
    there = next(evidence.set_in_files(NAME), None)
    if there is None or NAME in evidence.environ or not chat.runs:
        return
    files = evidence.sources.holding(b"dotenv", b"openai", NAME.encode())
    code = Code(evidence.sources, tuple(each for each in files if not is_side_file(each)))
    if any(map(_gives, code.calls)) or _is_written(code) or is_loaded_at_start(evidence.sources):
        return
    call = chat.runs[0]
    yield Finding(
        what="Every turn fails for want of a key: it stands in the environment file only, and the "
        "SDK does not read that.",
        where=there.where,
        evidence=f"Nothing calls `load_dotenv()` or gives the key to a client; the agent is run at "
        f"{call.where}.",
        fix="Call `load_dotenv()` first of all, or give the key to `AsyncOpenAI(api_key=...)`.",
        cause="model key missing",
    )


def _gives(call: Call) -> bool:
    """`load_dotenv()`, `AsyncOpenAI(api_key=...)`, `environ.setdefault("OPENAI_API_KEY", ...)`"""
    if call.method in LOADING:
        return True
    if call.name in ("os.environ.setdefault", "os.putenv"):
        return call.text("key", 0) == NAME
    symbol = call.symbol
    is_own = symbol is not None and symbol.path is not None
    is_client = is_own or (symbol is not None and symbol.name.partition(".")[0] in CLIENTS)
    return is_client and call.argument("api_key") is not None


def _is_written(code: Code) -> bool:
    """`os.environ["OPENAI_API_KEY"] = ...`"""
    return any(
        (asked := variable_of(code, module, each.target)) is not None and asked.name == NAME
        for module in code.modules
        for each in within_node(module.node, cst.AssignTarget)
    )
