"""Questions as people put them, typing errors and all, find their playbook, or none."""

from __future__ import annotations

import pytest

from chatkit_agent.guide.playbooks import PLAYBOOKS
from chatkit_agent.guide.recognition import corrected, recognised

PARAPHRASES = {
    "integrate": (
        "Add chat functionality to my FastAPI app",
        "add a chatbot",
        "I want a chat in my app",
        "chat to my fastapi application please add",
        "How do I put an assistant into my existing FastAPI project, with streaming and all that?",
        "ad chat functionallity to my fastapi ap",
        "give my app a chat",
        "Add ChatKit server to packages/api with: MCP connection to http://localhost:8001/mcp; "
        "JWT auth token passing; PostgreSQL conversation persistence. Reference: use rag-agent/",
        "serve the chat on port 5000",
        "add conversational AI to the API",
    ),
    "mcp": (
        "Integrate ChatKit with MCP server",
        "how to connect my mcp server",
        "mcp",
        "with the MCP server the chat connect",
        "intgrate chatkit with mcp servr",
        "Use the tools of an external tool server in the conversation",
    ),
    "persistence": (
        "Set up conversation persistence",
        "where are conversations stored?",
        "keep chat history in postgres",
        "setup conversaton persistance",
        "in which database the conversations are kept",
        "we run behind pgbouncer",
        "Store the conversations in a separate schema of our PostgreSQL, over restarts",
    ),
    "auth": (
        "Pass auth tokens to MCP tools",
        "the user's JWT to the tools pass",
        "How can a tool know who is calling? We have bearer tokens.",
        "pas auth tokns to mcp tols",
        "forward Authorization header to mcp server",
        "login",
    ),
    "debug": (
        "Debug ChatKit streaming errors",
        "503 at /chatkit",
        "chat doesn't answer",
        "why is nothing streamed",
        "trubleshoot the chat",
        "it is broken",
        "the tools don't get the token",
        "Troubleshoot",
        "answers come all at once",
        "401 when I open /chat",
        "my tokens are expired",
    ),
    "front-end": (
        "connect a React front end",
        "How do I show the chat in my Vue page?",
        "frontend",
        "embed the chat widget element in a html page",
        "conect react frontned",
        "next.js integration",
        "put the chat into my react app",
        "chat zu meinem react frontend hinzufügen",
        "embed it in wordpress",
    ),
    "deployment": (
        "deploy behind nginx",
        "run it in docker with gunicorn",
        "how to go to production",
        "deploymnt",
        "kubernetes with several workers",
        "how to stream behind cloudflare",
        "comment déployer le chat ?",
        "¿cómo despliego esto con docker?",
    ),
    "prompt": (
        "change the system prompt",
        "the system prompt I want to change",
        "make the assistant friendlier: where are its instructions?",
        "chnge sistem promt",
        "make the assistant speak like a pirate",
        "the assistant should know the user's company name",
    ),
    "function-tool": (
        "add a local function tool",
        "write my own Python tool",
        "a tool without MCP",
        "ad a local functon tool",
        "comment ajouter un outil qui appelle mon api",
        "let the bot read my orders table",
        "add RAG with pgvector",
        "give it access to my database",
    ),
    "handoff": (
        "add a second agent",
        "handoff to a specialist",
        "several agents that delegate",
        "secnd agent with handof",
    ),
    "guardrail": (
        "add a guardrail",
        "guard rails against jailbreaks",
        "moderate what people write",
        "add a guardrail against prompt injection",
        "block questions about politics",
        "stop the bot from giving medical advice",
        "make the bot only answer about bookmarks",
    ),
    "widget": ("show a widget", "add a widget with a button to my chat", "display a card"),
    "model": (
        "use another model",
        "switch to Ollama",
        "can I use Claude or Mistral instead of OpenAI?",
        "azure provider",
        "anothr modle provider",
    ),
    "titles": (
        "rename thread titles",
        "who writes the title of a conversation",
        "thread titles by the model",
    ),
    "tests": ("write tests for my chat", "how do I unit test it", "how to test", "run it in CI"),
    "upgrade": ("upgrade to a newer version", "how do I update it", "upgarde"),
    "removal": ("remove the chat", "take it out again", "uninstall", "undo everything"),
    "resume": ("stop an answer", "resume after reload", "cancel generation", "stop button"),
    "attachments": (
        *("file uploads", "let people attach pictures", "atachments", "upload a PDF"),
        "send images to the model",
    ),
    "approvals": (
        "ask before a destructive tool runs",
        "human in the loop approval",
        "approvals",
        "the person has to confirm tool calls",
    ),
    "retention": (
        "delete old conversations",
        "GDPR: forget a user",
        "how long are chats kept, GDPR deletion",
        "delete all chats of a customer who left",
        "purge messages older than 90 days",
    ),
    "modules": ("voice input", "summarize what was said long ago"),
    "observing": (
        *("opentelemetry traces", "where are the logs", "log conversations", "prometheus metrics"),
        "monitor it with datadog",
    ),
    "limits": (
        *("rate limit users", "limit how many messages a user can send per hour"),
        *("set a budget per user", "prevent abuse"),
    ),
    "address": (
        *("change the url from /chatkit to /api/chat", "serve the chat under another path"),
        "use a different url for it",
    ),
    "routes": (
        *("let the assistant use my own routes", "let it call my own endpoints"),
        *("let the assistant create bookmarks", "the bot should update orders by our REST API"),
        "turn my API into tools",
    ),
    "look": (
        *("add a dark theme", "change the colours", "put our logo on it", "translate the UI"),
        *("suggested prompts on the start screen", "other greeting", "how it looks"),
    ),
    "form": ("show a form to fill in", "ask a multiple choice question"),
    "client-tool": ("add a client tool", "a tool that runs in the browser"),
    "user": ("multi tenant", "give the agent the user's roles", "who the user is"),
    "memory": (
        *("how long is its memory", "remember more of the conversation", "context window"),
        "it should remember things",
    ),
    "store": ("store in sqlite instead", "use mongodb", "write my own store"),
    "sources": ("show sources", "cite where an answer comes from", "citations"),
}
UNKNOWN = (
    "what is the weather",
    "what is a thread?",
    "what is the capital of France",
    "is it free",
    "how do I bake bread",
    "asdf qwer",
    "hello",
    "tell me a joke",
    "how much does this cost",
    "share a thread with a colleague",
    "let admins read all conversations",
    "hook up slack",
    "can it send emails",
    "run two different bots on different urls",
    "who won the match yesterday evening",
    "refactor this into dataclasses",
    "modern street food in spring",
    "?",
)


@pytest.mark.parametrize(
    ("words", "name"), [(words, name) for name, all_of in PARAPHRASES.items() for words in all_of]
)
def test_a_question_finds_its_playbook(words: str, name: str) -> None:
    playbook, because = recognised(words)
    assert playbook is not None, "no playbook"
    assert playbook.name == name
    assert because


def test_every_playbook_is_asked_for() -> None:
    assert set(PARAPHRASES) == {each.name for each in PLAYBOOKS}


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda each: each.name)
def test_what_it_says_that_it_answers_is_answered(playbook: object) -> None:
    found, _ = recognised(playbook.invocation)  # type: ignore[attr-defined]
    assert found is playbook


@pytest.mark.parametrize("words", UNKNOWN)
def test_what_is_not_known_is_not_guessed(words: str) -> None:
    assert recognised(words) == (None, "")


def test_only_near_words_are_corrected() -> None:
    assert corrected("persistance").startswith("persist")
    assert corrected("promt") == "prompt"
    assert corrected("application") == "application"
    assert corrected("weather") == "weather"
    assert corrected("tol") == "tol"
