"""Changes: what people make their own in a chat that is there, each with its tested recipe."""

from __future__ import annotations

from chatkit_agent.guide.playbook import (
    DEV,
    VERIFY,
    Code,
    Command,
    Playbook,
    Recipe,
    Sample,
    Setting,
    terms,
)

OPTIONS = """\
theme: { radius: "soft", color: { accent: { primary: "#0f766e", level: 2 } } },
startScreen: {
  greeting: "How can I help?",
  prompts: [{ label: "What is on my list?", prompt: "What is on my list?" }],
},
header: { title: { text: "Support" } },
composer: { placeholder: "Ask about your orders" },
disclaimer: { text: "Answers may be wrong." },
locale: "de","""
ON_CLIENT_TOOL = """\
onClientTool: ({ name, params }) => (name === "read_page" ? { text: document.title } : {}),"""
LINKS = """\
return [
    TextContent(type="text", text="The return policy says: 30 days."),
    ResourceLink(type="resource_link", uri="https://example.com/returns", name="Returns"),
]"""

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
        "sound like, act like, should know, answer in, reply in, respond in"
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
        "tool, tool without, without mcp, read table, read data, query, rag$, pgvector, "
        "embeddings, vector, access database, knowledge base, search documents, outil, "
        "herramient, werkzeug"
    ),
    "A function of this application is a tool when it has `@function_tool` and stands in `tools` "
    "of the agent. It runs in this process, with the person of the request: no MCP server is "
    "needed. Its docstring is what the model reads.",
    ("services/chat_agent.py",),
    ("chat", "sign_in"),
    (Recipe("A function tool"),),
    test=(DEV, VERIFY),
    also=(
        'Routes of the application can be tools without any code: `chatkit-agent guide "Let the '
        'assistant use my own routes"`.',
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
        "bot, stop assistant, only answer, only talk, answer only, restrict topic, limit topic"
    ),
    "A guardrail looks at what the person asks, or at what the agent answers, and ends the turn "
    "when it trips. The person is told so; what was stopped is not stored.",
    ("services/chat_agent.py",),
    code=(Recipe("A guardrail"),),
    test=(DEV, VERIFY),
    also=(
        "`output_guardrail` does the same for the answer.",
        "Where a word in the prompt is enough, it costs nothing: `SYSTEM_PROMPT` in "
        "`{home}services/chat_agent.py`.",
    ),
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
    terms(
        "write test, test chat, how test, unit test, pytest, regression, integration test, add "
        "test, run test, continuous integration, github action, gitlab, ci$"
    ),
    "Three kinds, from quick to thorough. `tests/test_chatkit.py` was delivered and runs with your "
    "own tests. A conversation that was held in the console becomes a test by *Save as test*: it "
    "plays model and tools back, and fails where the chat answers otherwise. `verify` boots the "
    "application and checks all of it.",
    ("tests/test_chatkit.py",),
    do=(Command("chatkit-agent dev .", "Talk, then press *Save as test* in the tab *Wire*."),),
    test=(TESTS, VERIFY),
    also=("In continuous integration: `chatkit-agent update . --ci` writes a workflow.",),
)

LOOK = Playbook(
    "look",
    "How the page looks, and how it greets",
    "Change how the page looks",
    terms(
        "theme, dark$, color, colour, logo, brand, style, styling, css$, font, look$, looks$, look "
        "feel, greet, welcome, start screen, starter, suggest, suggested prompt, starter prompt, "
        "placeholder, disclaimer, translat, locale, language page"
    ),
    "The page asks the element for all that it shows by one call of `setOptions` in `page.js`, "
    "which is yours: put these beside what is there. The options are named as those of OpenAI's "
    "component; `chatkit-panel.d.ts` lists them all. Light and dark follow the reader's own "
    "setting where `colorScheme` is left out.",
    ("chatkit_page/page.js", "chatkit_page/page.css", "chatkit_page/page.html"),
    ("chat", "page"),
    (Sample("page.js", "js", OPTIONS, "in `panel.setOptions({ ... })`"),),
    test=(DEV,),
    also=(
        "Its own words are in the language of the browser, or in `locale`; the model reads the "
        "person's language too.",
        "The space around the chat, and its sign-in, are `page.css` and `page.html`.",
    ),
)
FORM = Playbook(
    "form",
    "Have the person fill in a form",
    "Ask the person by a form",
    terms("form$, forms$, fill in, multiple choice, ask form, structured input, questionnaire"),
    "A tool puts questions to the person, and the agent stops there: the page shows a form. What "
    "they answer is the tool's result, with which the agent goes on.",
    ("services/chat_agent.py", "chatkit_runtime/asking.py"),
    code=(Recipe("A form that the person fills in"),),
    test=(DEV, VERIFY),
    also=("A card that is only shown, or has buttons of its own, is a widget.",),
)
CLIENT_TOOL = Playbook(
    "client-tool",
    "A tool that the page carries out",
    "Add a client tool",
    terms(
        "client tool, tool client, onclienttool, client side, browser tool, tool browser, tool "
        "page, navigate, client effect"
    ),
    "Such a tool runs in the browser: the agent stops, the page's `onClientTool` gets the call, "
    "and what it returns is the tool's result.",
    ("services/chat_agent.py", "chatkit_page/page.js"),
    ("chat", "page"),
    (
        Recipe("A tool that the page carries out"),
        Sample("page.js", "js", ON_CLIENT_TOOL, "in `panel.setOptions({ ... })`"),
    ),
    test=(DEV,),
    also=("OpenAI's component has the same `onClientTool`.",),
)
WHO = Playbook(
    "user",
    "What is known of the user",
    "Use more of the user than the id",
    terms(
        "who user, tenant, organization, organisation, role$, roles$, user field, field user, "
        "claim, user plan, user id$, more user, user profile"
    ),
    "`user_id` says whose a conversation is, and `organization_id` comes with a verified token "
    "that has it. Any other field is added to `RequestContext`, is filled from what your own "
    "sign-in returned, and is there in prompt, tools and store; a client cannot send it.",
    ("chatkit_store/context.py", "services/chat_agent.py"),
    ("chat", "sign_in"),
    (Recipe("Who the user is"),),
    test=(DEV, VERIFY),
    also=(
        "Each statement of the store names the user, so people of one organization do not see "
        "each other's conversations.",
    ),
)
MEMORY = Playbook(
    "memory",
    "What the model remembers of a conversation",
    "Change what the model remembers",
    terms(
        "remember$, remembers, remember more, model remember, memory, long conversation, context "
        "window, context length, history length, history items, shorten history, too long"
    ),
    "Of a conversation the model is sent the latest items, up to a length. Everything older stays "
    "in the database and on the page. In which form an item is told is a method for each kind.",
    ("chatkit_runtime/thread_items.py",),
    code=(Recipe("What is remembered"),),
    settings=(
        Setting("HISTORY_ITEMS", "how many of the latest items the model sees", "20"),
        Setting("HISTORY_CHARS", "how long these may be together", "100000"),
        Setting("MCP_RESULT_CHARS", "how much of one tool's result", "100000"),
    ),
    test=(DEV, VERIFY),
    also=(
        "The gist of what is older, written by the model: `chatkit-agent update . --with summary`.",
        "One person's conversations know nothing of each other.",
    ),
)
STORE = Playbook(
    "store",
    "Keep conversations somewhere else",
    "Use another store",
    terms(
        "another store, own store, other store, custom store, sqlite, mysql, mariadb, mongo, "
        "redis, store sqlite, store mysql, store mongo, store redis, dynamo, firestore, cosmos, "
        "another database, in memory"
    ),
    "A store is a class that inherits from `ChatStore`, whose methods say what they have to do. "
    "Whatever it keeps, each method is given the caller, and has to give them their own only.",
    ("chatkit_store/interface.py", "services/chatkit_server.py"),
    code=(Recipe("Another store"),),
    test=(TESTS, VERIFY),
    also=("PostgreSQL as a service will do as well: only the URL differs.",),
)
SOURCES = Playbook(
    "sources",
    "Show where an answer comes from",
    "Show sources",
    terms("sources, source$, citation, cite, cites, annotation, footnote, resource link"),
    "What a tool links to in its result becomes a source of the answer: parts of the type "
    "`resource_link` or `resource`, as MCP has them. The page lists them below the answer.",
    ("chatkit_runtime/sources.py",),
    ("chat", "tools"),
    (
        Sample("your MCP server", "python", LINKS, "beside the text that the model reads"),
        Code("chatkit_runtime/sources.py", "sources_of", "what becomes a source"),
    ),
    test=(DEV,),
    also=("Links with `https` or `http` can be followed; of others the title is shown.",),
)

CHANGES = (
    *(PROMPT, FUNCTION_TOOL, HANDOFF, GUARDRAIL, WIDGET, FORM, CLIENT_TOOL, SOURCES, MODEL, TITLES),
    *(LOOK, WHO, MEMORY, STORE, TESTING),
)
