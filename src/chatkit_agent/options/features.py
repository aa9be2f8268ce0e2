"""Features: what only some chats need, delivered with `--with` or `--token`, absent otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatkit_agent.errors import BadOption


@dataclass(frozen=True)
class Feature:
    """An optional module: `files` of the reference, and the classes that the chat is made of."""

    name: str
    purpose: str
    files: tuple[str, ...]
    server: str | None = None
    """A class in `chatkit_runtime/{name}.py` that the application's ChatServer inherits from."""
    tools: str | None = None
    """A class in `chatkit_runtime/{name}.py` that its Tools inherit from."""
    requirements: tuple[str, ...] = ()
    settings: tuple[tuple[str, str, str], ...] = ()
    """Variables, without their prefix: name, what for, example."""


FEATURES = (
    Feature(
        "retention",
        "delete old conversations, forget a user, export what is kept of one",
        ("chatkit_store/retention.py", "services/retention.py"),
    ),
    Feature(
        "transcription",
        "speak instead of typing, by the configured provider",
        ("chatkit_runtime/transcription.py",),
        "Transcription",
        settings=(("TRANSCRIPTION_MODEL", "Model that hears speech", "gpt-4o-mini-transcribe"),),
    ),
    Feature(
        "approvals",
        "a tool that may destroy asks the person in the chat before it runs",
        ("chatkit_runtime/approvals.py",),
        "Approvals",
        "AskingMCPServer",
        settings=(
            ("APPROVAL_MINUTES", "How long a person may take to answer", "60"),
            ("APPROVAL_FREE_TOOLS", "Tools that run without a question", "search,find_task"),
        ),
    ),
    Feature(
        "summary",
        "the model keeps the gist of what is too old for it to read again",
        ("chatkit_runtime/summary.py",),
        "Summary",
    ),
    Feature(
        "attachments",
        "pictures and texts as files, in a folder or a bucket",
        (
            "chatkit_runtime/attachments.py",
            "chatkit_runtime/attachment_bytes.py",
            "chatkit_runtime/attachment_sweep.py",
            "services/attachment_sweep.py",
        ),
        "Attachments",
        requirements=("pyjwt>=2.10",),
        settings=(
            ("ATTACHMENTS_URL", "The chat as browsers reach it", "https://api.example.com/chatkit"),
            ("ATTACHMENTS_SECRET", "Signs addresses of files, which need no sign-in", ""),
            ("ATTACHMENTS_FOLDER", "Where files are kept on disk", "/var/lib/chat"),
            ("ATTACHMENTS_BUCKET", "Where files are kept in S3, instead (needs boto3)", "chat"),
            ("ATTACHMENTS_ENDPOINT", "S3-compatible storage", "https://s3.example.com"),
            ("ATTACHMENTS_MAX_BYTES", "The largest file", "10485760"),
            ("ATTACHMENTS_MESSAGE_BYTES", "All files of one message", "20971520"),
            ("ATTACHMENTS_USER_BYTES", "All files of one person", "524288000"),
        ),
    ),
    Feature(
        "telemetry",
        "OpenTelemetry spans of each turn, model call and tool call",
        ("chatkit_runtime/telemetry.py",),
        "Telemetry",
        requirements=("opentelemetry-api>=1.24",),
    ),
)

TOOL_CREDENTIALS = Feature(
    "tool_credentials",
    "tools that take the person's credentials as arguments get them, and the model does not",
    ("chatkit_runtime/tool_credentials.py",),
    tools="HiddenCredentials",
)
TOKEN_IN_PROMPT = Feature(
    "token_in_prompt",
    "the model is told the person's token",
    ("chatkit_runtime/token_in_prompt.py",),
    "TokenInPrompt",
)
ROUTE_TOOLS = Feature(
    "route_tools",
    "routes of the application itself are tools, called in its process as the person who asks",
    (
        "chatkit_runtime/route_tools.py",
        "chatkit_runtime/route_catalog.py",
        "chatkit_runtime/route_call.py",
    ),
    "ApplicationRoutes",
    "RouteTools",
)
READING = "GET"
# How the token gets to the tools, where that takes more than a header.
BY_TOKEN = {"auto": TOOL_CREDENTIALS, "argument": TOOL_CREDENTIALS, "prompt": TOKEN_IN_PROMPT}
MODULES = (*FEATURES, ROUTE_TOOLS, TOOL_CREDENTIALS, TOKEN_IN_PROMPT)


def chosen_modules(features: Sequence[str], token: str, tools: str) -> tuple[Feature, ...]:
    """Every optional module of a chat, in the order in which they build on each other."""
    by_token = BY_TOKEN.get(token)
    by_tools = (ROUTE_TOOLS,) if tool_routes(tools) else ()
    return (*chosen_features(features), *by_tools, *([by_token] if by_token else []))


def tool_routes(tools: str) -> tuple[str, ...]:
    """The routes in `routes:GET /tasks,POST /tasks`; `GET` stands for all that read."""
    kind, _, named = tools.partition(":")
    return tuple(named.split(",")) if named else (READING,) * (kind == "routes")


def features_for(names: Sequence[str], tools: str) -> tuple[str, ...]:
    """These, and what asks the person where a route that is a tool writes."""
    is_writing = any(not route.startswith(READING) for route in tool_routes(tools))
    return tuple(each.name for each in chosen_features([*names, *["approvals"] * is_writing]))


def chosen_features(names: Sequence[str]) -> tuple[Feature, ...]:
    """The extras of these names, each once, in the order in which they build on each other.

    Raises:
        BadOption: there is no extra of that name.
    """
    known = [each.name for each in FEATURES]
    for name in names:
        if name not in known:
            raise BadOption(
                f"--with {name}: there is no such module. There are {', '.join(known)}."
            )
    return tuple(each for each in FEATURES if each.name in names)


def feature_requirements(names: Sequence[str]) -> list[str]:
    return [each for feature in chosen_features(names) for each in feature.requirements]
