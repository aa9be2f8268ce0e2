"""Changes: what people make their own in a chat that is there, each with its tested recipe."""

from __future__ import annotations

from chatkit_agent.guide.playbook import (
    DEV,
    VERIFY,
    Code,
    Command,
    Playbook,
    Recipe,
    Setting,
    terms,
)

TESTS = Command(
    "python -m pytest -k chatkit",
    "The chat's own tests pass. They need pytest and httpx, and neither a database nor a model.",
)

PROMPT = Playbook(
    "prompt",
    "Change the system prompt",
    "Change the system prompt",
    terms(
        "prompt, system prompt, instruction, tone, behave, personality, speak like, talk like, "
        "sound like, act like, should know"
    ),
    "The prompt is text in `SYSTEM_PROMPT`. Names in braces are filled from configuration and "
    "from verified claims, never from what a client wrote; other braces are written twice. A "
    "variable can stand in its place, so that a change needs no release.",
    ("services/chat_agent.py", "services/chat_settings.py"),
    code=(
        Code("services/chat_agent.py", "SYSTEM_PROMPT", "the prompt"),
        Code("services/chat_agent.py", "instructions", "what fills its names"),
        Recipe("The prompt and what is filled into it"),
    ),
    settings=(Setting("SYSTEM_PROMPT", "stands in place of the one in the code", "You are ..."),),
    test=(DEV, VERIFY),
    also=('A field of the user, such as a plan: recipe "Who the user is" in `CHATKIT.md`.',),
)
FUNCTION_TOOL = Playbook(
    "function-tool",
    "Add a function tool",
    "Add a local function tool",
    terms(
        "function tool, local tool, python tool, function, custom tool, own tool, new tool, write "
        "tool, tool without, without mcp, read table, read data, query, call api, internal api, "
        "rag$, pgvector, embeddings, vector, call endpoint, call route, access database, knowledge "
        "base, search documents, outil, herramient, werkzeug"
    ),
    "A function of this application is a tool when it has `@function_tool` and stands in `tools` "
    "of the agent. It runs in this process, with the person of the request: no MCP server is "
    "needed. Its docstring is what the model reads.",
    ("services/chat_agent.py",),
    ("chat", "sign_in"),
    (Recipe("A function tool"),),
    test=(DEV, VERIFY),
    also=(
        "Routes of the application can be tools without any code: "
        "`chatkit-agent update . --tools routes`.",
        "A tool that asks the person for a form, or the page for something: "
        "`{home}chatkit_runtime/asking.py`.",
        'A tool that shows a card with buttons: `chatkit-agent guide "Show a widget"`.',
    ),
)
HANDOFF = Playbook(
    "handoff",
    "Add a second agent",
    "Add a second agent with a handoff",
    terms(
        "handoff, hand off$, second agent, multi agent, another agent, several agent, two agent, "
        "multiple agent, sub agent, subagent, specialist, triage, delegat"
    ),
    "A second `Agent` in `handoffs` takes the conversation over when the first one decides so. "
    "Both see the same conversation and the same person; `handoff_description` is what the first "
    "one knows of it.",
    ("services/chat_agent.py",),
    code=(Recipe("A second agent"), Code("services/chat_agent.py", "make_agent", "the first one")),
    test=(DEV, VERIFY),
    also=(
        "Give the second one `mcp_servers=list(servers)` too, if it is to call the tools.",
        "To ask it without handing over: `tools=[poet.as_tool(...)]` of the Agents SDK.",
    ),
)
GUARDRAIL = Playbook(
    "guardrail",
    "Add a guardrail",
    "Add a guardrail",
    terms(
        "guardrail, guard rail, moderat, filter input, block topic, refuse topic, unsafe, "
        "tripwire, jailbreak, prompt injection, injection attack, block question, off topic, stop "
        "bot, stop assistant"
    ),
    "A guardrail looks at what the person asks, or at what the agent answers, and ends the turn "
    "when it trips. The person is told so; what was stopped is not stored.",
    ("services/chat_agent.py",),
    code=(Recipe("A guardrail"),),
    test=(DEV, VERIFY),
    also=("`output_guardrail` does the same for the answer.",),
)
WIDGET = Playbook(
    "widget",
    "Show a widget, and do what its button says",
    "Show a widget",
    terms("widget, card$, button, carousel, interactive, return form$, show form$"),
    "A tool streams a widget into the conversation with `stream_widget`. A button in it sends an "
    "action, which `action` of your `ChatServer` gets, with the person of that request.",
    ("services/chat_agent.py", "services/chatkit_server.py"),
    code=(Recipe("A tool that shows a widget"), Recipe("What a widget's button does")),
    test=(DEV, VERIFY),
    also=("The page draws every widget of ChatKit; so does OpenAI's component.",),
)
MODEL = Playbook(
    "model",
    "Another model or provider",
    "Use another model or provider",
    terms(
        "model$, models$, provider, ollama, anthropic, claude$, gemini, mistral, azure, "
        "openrouter, litellm, vllm, llama, gpt, openai key, openai base, local model, another "
        "model, switch model"
    ),
    "Any provider that speaks OpenAI's protocol is three variables away, without a change of "
    "code. Most others only have Chat Completions, so `{prefix}MODEL_API` says that. Another "
    "`Model` of the Agents SDK is made in `make_model`.",
    ("services/chat_agent.py", "services/chat_settings.py"),
    code=(
        Code("services/chat_agent.py", "make_model", "where the model is made"),
        Recipe("The model and its provider"),
    ),
    variables=("OPENAI_API_KEY", "OPENAI_BASE_URL"),
    settings=(
        Setting("MODEL", "the model", "gpt-5.6-luna"),
        Setting("MODEL_API", "what the provider speaks", "chat_completions"),
        Setting("MODELS", "others that a person may pick", "large,small"),
        Setting("STORE", "`false` where the provider keeps no answers", "false"),
    ),
    test=(
        Command(
            "chatkit-agent doctor . --select CK7",
            "Nothing, where key, address and name of the model fit together.",
        ),
        VERIFY,
    ),
    also=("Ollama: `OPENAI_BASE_URL=http://localhost:11434/v1`, any text as `OPENAI_API_KEY`.",),
)

TITLES = Playbook(
    "titles",
    "Titles of conversations",
    "Change the titles of conversations",
    terms(
        "title, thread title, conversation title, rename thread, rename conversation, name thread, "
        "name conversation"
    ),
    "A conversation is named by the first words of its first message. The model writes the title "
    "where `{prefix}TITLES` says so, and `make_title` of your `ChatServer` may say anything else. "
    "People rename conversations in the page's list.",
    ("services/chatkit_server.py", "chatkit_runtime/titles.py"),
    code=(Recipe("Titles of conversations"),),
    settings=(Setting("TITLES", "`model` has the model write them", "model"),),
    test=(DEV, VERIFY),
)
TESTING = Playbook(
    "tests",
    "Test the chat",
    "Write tests for the chat",
    terms("write test, test chat, unit test, pytest, regression, integration test, add test"),
    "Three kinds, from quick to thorough. `tests/test_chatkit.py` was delivered and runs with your "
    "own tests. A conversation that was held in the console becomes a test by *Save as test*: it "
    "plays model and tools back, and fails where the chat answers otherwise. `verify` boots the "
    "application and checks all of it.",
    ("tests/test_chatkit.py",),
    do=(Command("chatkit-agent dev .", "Talk, then press *Save as test* in the tab *Wire*."),),
    test=(TESTS, VERIFY),
    also=("In continuous integration: `chatkit-agent update . --ci` writes a workflow.",),
)

CHANGES = (PROMPT, FUNCTION_TOOL, HANDOFF, GUARDRAIL, WIDGET, MODEL, TITLES, TESTING)
