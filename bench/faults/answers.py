"""Answers break off, do not come, or come all at once."""

from __future__ import annotations

from fault import Fault, variable

HAND_URL, OUR_URL = "NOTES_CHAT_DATABASE_URL", "TASKFLOW_CHATKIT_DATABASE_URL"
SETTINGS = "taskflow/settings.py"

ANSWERS = (
    Fault(
        "no model key",
        "handmade",
        ("model_answers", "variables_set"),
        plants=(variable("OPENAI_API_KEY"),),
        seen=True,
        environment={"OPENAI_API_KEY": None},
    ),
    Fault(
        "a wrong model key",
        "handmade",
        ("model_answers",),
        seen=True,
        model="401",
    ),
    Fault(
        "a wrong model key, delivered",
        "delivered",
        ("model_answers",),
        seen=True,
        model="401",
    ),
    Fault(
        "no quota",
        "handmade",
        ("model_answers",),
        seen=True,
        model="429",
    ),
    Fault(
        "the provider has no Responses API",
        "handmade",
        ("model_answers",),
        seen=True,
        model="no responses",
    ),
    Fault(
        "the provider's address is wrong",
        "handmade",
        ("model_answers",),
        seen=True,
        environment={"OPENAI_BASE_URL": "http://127.0.0.1:{port}/v1"},
    ),
    Fault(
        "the tools' server is down",
        "handmade",
        ("tools_answer",),
        seen=True,
        environment={"NOTES_CHAT_MCP_URL": "http://127.0.0.1:{port}/mcp"},
    ),
    Fault(
        "the tools' server has another path",
        "handmade",
        ("tools_answer",),
        seen=True,
        environment={"NOTES_CHAT_MCP_URL": "{tools}/v2"},
    ),
    Fault(
        "the tools' server refuses the token",
        "delivered",
        ("tools_answer",),
        seen=True,
        tools="401",
    ),
    Fault(
        "the tools' server is a web page",
        "delivered",
        ("tools_answer",),
        seen=True,
        tools="html",
    ),
    Fault(
        "the model's name is unknown",
        "handmade",
        ("model_answers",),
        seen=True,
        model="unknown",
    ),
    Fault(
        "the model's name is unknown, nothing logged",
        "delivered",
        ("model_answers",),
        boot=True,
        model="unknown",
    ),
    Fault(
        "the model's name is left empty",
        "handmade",
        ("model_variables_fit",),
        plants=(variable("NOTES_CHAT_MODEL", "NOTES_CHAT_MODEL="),),
    ),
    Fault(
        "the tools' server refuses the token, nothing logged",
        "handmade",
        ("services_answer", "tools_answer"),
        boot=True,
        tools="401",
    ),
    Fault(
        "the tools' server does not let the person in",
        "delivered",
        ("tools_answer",),
        seen=True,
        tools="403",
    ),
    Fault(
        "the tools' server does not let the person in, by hand",
        "handmade",
        ("services_answer", "tools_answer"),
        boot=True,
        tools="403",
    ),
    Fault(
        "the tools' server fails",
        "delivered",
        ("tools_answer",),
        seen=True,
        tools="500",
    ),
    Fault(
        "the tools' server fails, by hand",
        "handmade",
        ("services_answer", "tools_answer"),
        boot=True,
        tools="500",
    ),
    Fault(
        "the prompt has a placeholder that nothing fills",
        "handmade",
        ("prompt_filled",),
    ),
    Fault(
        "the prompt has braces of JSON",
        "handmade",
        ("prompt_filled",),
    ),
    Fault(
        "an MCP library that does not start",
        "handmade",
        ("versions_fit",),
    ),
    Fault(
        "an agents library with which turns fail",
        "handmade",
        ("versions_fit",),
    ),
    Fault(
        "a ChatKit that is an empty placeholder",
        "handmade",
        ("versions_fit",),
    ),
    Fault(
        "a module hides the agents library",
        "handmade",
        ("sdk_names_free",),
    ),
    Fault(
        "a folder hides the ChatKit library",
        "handmade",
        ("sdk_names_free",),
    ),
    Fault(
        "nginx buffers the answer",
        "handmade",
        ("proxy_streams",),
    ),
    Fault(
        "nginx cuts silent answers",
        "handmade",
        ("proxy_streams", "proxy_waits"),
    ),
    Fault(
        "the event loop is blocked",
        "handmade",
        ("event_loop_free",),
    ),
    Fault(
        "an old Starlette compresses answers",
        "handmade",
        ("middlewares_let_answers_through",),
    ),
    Fault(
        "a middleware takes whole answers",
        "handmade",
        ("middlewares_let_answers_through",),
    ),
    Fault(
        "the model's address has no v1",
        "handmade",
        ("model_variables_fit",),
        plants=(variable("OPENAI_BASE_URL", "OPENAI_BASE_URL=https://api.openai.com"),),
    ),
    Fault(
        "the model's key is another provider's",
        "handmade",
        ("model_variables_fit",),
        plants=(variable("OPENAI_API_KEY", "OPENAI_API_KEY=sk-ant-sample"),),
    ),
    Fault(
        "the model's key has quotes",
        "handmade",
        ("model_variables_fit",),
        plants=(variable("OPENAI_API_KEY", "OPENAI_API_KEY=\"'sk-sample'\""),),
    ),
)
