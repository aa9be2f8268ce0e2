"""What ends a turn, by the words of the SDKs and of a delivered chat."""

from __future__ import annotations

from chatkit_agent.checks.known_errors import IN_TURN, Known

RESULT_KIND = (
    "Ask `isinstance(result, StreamingResult)`: give such a one to `StreamingResponse`, and of any "
    'other its text to `Response(result.json, media_type="application/json")`.'
)

KINDS = (
    r"(?:\w+(?:Message|Call|Widget|Image|Input|Context|Turn)|Widget|Workflow|Task)Item"
    r"|Thread(?:Metadata|Item\w*Event)?|\w+MessageContent|Page(?:\[\w+\])?|\w*Attachment"
)
UNION = r"tagged-union\[UserMessageItem,.{0,250}?\]"
# With or without a traceback, such as in the line of a delivered chat.
IN_CHATKIT = r"(?:-packages/chatkit/\w+: |the turn failed: )"

TURNS = (
    Known(
        r"MaxTurnsExceeded|Max turns \(\d+\) exceeded",
        "The agent used up its steps: it called tools again and again without an answer.",
        "Raise `max_turns` of the run, and look which tool it repeats: one that fails, or "
        "says too little, is called again.",
        "max turns",
        (*IN_TURN, "cut_off"),
    ),
    Known(
        r"response\.incomplete[^\n]{0,200}max_output_tokens|finish_reason\W{1,4}length",
        "The answer reached the most tokens that it may have, reasoning included.",
        "Raise `max_tokens` of the model settings, or ask for less reasoning.",
        "answer too long",
        (*IN_TURN, "cut_off"),
    ),
    Known(
        r"response\.failed[^\n]{0,200}rate_limit",
        "The provider's rate limit ended the answer.",
        "Send fewer or smaller requests, or have the limit raised.",
        "answer failed at rate",
        (*IN_TURN, "slow"),
    ),
    Known(
        r"response\.(?:failed|error)\b",
        "The provider gave up in the middle of the answer; the code in the evidence is its own.",
        "Ask again: it failed by itself. Where it happens often, look at its status page.",
        "answer failed",
    ),
    Known(
        r"response\.incomplete",
        "The provider ended the answer before it was complete.",
        "Look at the reason in the evidence.",
        "answer incomplete",
        (*IN_TURN, "cut_off"),
    ),
    Known(
        r"did not produce a final response|no final (?:response|output)|stream ended without",
        "The model's stream ended without an answer.",
        "Ask again; where it is always so, the provider's stream is not what the SDK "
        "expects: try `chat_completions`, or another gateway.",
        "no answer",
    ),
    Known(
        r"Tool (?P<tool>[\w.-]+) not found in agent|tool_not_found",
        "The model called a tool that is not there: `{tool}`.",
        'Run with `RunConfig(tool_not_found_behavior="return_error_to_model")`, so that the '
        "model is told and goes on.",
        "invented tool",
    ),
    Known(
        r"Invalid JSON input for tool|Invalid JSON when parsing",
        "The model wrote arguments or an answer that are no JSON.",
        "Ask again; make the schema simpler, or use a stronger model.",
        "tool arguments",
    ),
    Known(
        r"GuardrailTripwireTriggered|Guardrail \w+ triggered tripwire",
        "A guardrail of the agent stopped the turn.",
        "That is what it is for. Tell the person why, and look whether it stops what it "
        "should let through.",
        "guardrail",
        severity="warning",
    ),
    Known(
        r"ThreadBusy|Another answer is being written in this conversation",
        "A second question came while an answer was being written in the same conversation.",
        "Nothing is broken: the person was told. Where nobody asked twice, an answer holds "
        "its lock for too long; look for one that hangs.",
        "thread busy",
        severity="warning",
    ),
    Known(
        r"the thread stays busy until its lock ends|the lock could not be renewed",
        "The lock of a thread could not be given back or renewed, as the database did not answer.",
        "Look why the database was away; the lock ends by itself.",
        "lock kept",
        severity="warning",
    ),
    Known(
        r"the chat's database refused a statement: (?P<kind>\w+)|"
        r"the database refused a statement \((?P<state>\w+)\)",
        "The chat's database refused a statement: `{kind}{state}`.",
        "Look the code up in PostgreSQL's list of error codes. Tables that an older or newer "
        "version made, or rights that are missing, are the usual reasons.",
        "store refused",
        (*IN_TURN, "unavailable"),
    ),
    Known(
        r"the chat's database: (?P<kind>\w+)|StoreUnavailable",
        "The chat's database could not be reached for a while: `{kind}`.",
        "Look whether PostgreSQL restarted, or whether a firewall or pooler ends connections "
        "that are idle.",
        "store away",
        (*IN_TURN, "unavailable"),
    ),
    Known(
        r"the turn failed: (?:chatkit\.store\.)?NotFoundError: (?!Error code)",
        "A conversation was deleted while it was answered.",
        "Nothing is broken: what was left of the answer was dropped.",
        "thread gone",
        severity="warning",
    ),
    Known(
        rf"validation errors? for (?:{UNION}|(?P<kind>{KINDS})) (?:(?P<field>[\w.\[\],-]+) )?"
        r"(?P<why>(?:Field|Input|Value|Unable|Extra)[^\[\n]{0,80}?)(?= \[|$)",
        "ChatKit refuses an item, thread or page `{kind}`: `{field}`: {why}.",
        "Give it what ChatKit's type asks for: an item has `id`, `thread_id`, `created_at` and its "
        "`content` as a list of parts. Where it comes out of the database, an older row or another "
        "writer has it otherwise: store `item.model_dump_json()`, and read just that.",
        "item:{kind}",
        ("stream_error", "server_error", "silent", "forgets"),
    ),
    Known(
        rf"{IN_CHATKIT}AttributeError: 'NoneType' object has no attribute "
        r"'(?P<name>content|quoted_text|attachments|inference_options)'",
        "The turn asks the question for its `{name}`, and there is none: after a client tool or a "
        "form ChatKit calls `respond` with None in its place.",
        "Take the conversation from the thread's items, and read the question only where there is "
        "one: `if item is not None`.",
        "no question",
    ),
    Known(
        rf"{IN_CHATKIT}AttributeError: '(?:NoneType|list|tuple)' object has no attribute "
        r"'(?P<name>data|has_more|after)'",
        "The store gives no page of items or threads, of which ChatKit reads `{name}`.",
        "Return `Page(data=..., has_more=..., after=...)` from `load_thread_items` and "
        "`load_threads`, also where there are none.",
        "no page",
        ("server_error", "stream_error", "forgets"),
    ),
    Known(
        rf"{IN_CHATKIT}AttributeError: 'NoneType' object has no attribute "
        r"'(?P<name>title|created_at|model_\w+)'",
        "The store gives None for a thread or an item that it does not have, of which ChatKit "
        "reads `{name}`.",
        "Raise ChatKit's `NotFoundError` there, and answer it with 404.",
        "none loaded",
        ("server_error", "stream_error"),
    ),
    Known(
        rf"{IN_CHATKIT}AttributeError: '(?:dict|str|Row\w*|Record)' object has no attribute "
        r"'(?P<name>content|thread_id|created_at|title|data|has_more|model_\w+)'",
        "The store gives rows or dicts, and ChatKit reads `{name}` of its own types.",
        "Make them of the rows: `ThreadMetadata.model_validate(row)`, and for items "
        "`TypeAdapter(ThreadItem).validate_python(row)`.",
        "rows for items",
        ("server_error", "stream_error"),
    ),
    Known(
        r"AttributeError: 'NoneType' object has no attribute 'process'",
        "The chat's server is not made when a request comes: the variable that should hold it is "
        "None.",
        "Make it where the application starts, in the lifespan that really runs, and look why that "
        "did not happen: a failure there may have been swallowed.",
        "no server",
        ("server_error", "unavailable"),
    ),
    Known(
        r"validation errors? for tagged-union|Unable to extract tag using discriminator 'type'"
        r"|chatkit\.store\.NotFoundError",
        "A request that is none of ChatKit's, or for a thread that is not there, was a 500.",
        "Catch `ValidationError` and `NotFoundError` around `server.process`, and answer 400 and "
        "404.",
        "bad requests",
        ("server_error", "extra_fields"),
        severity="warning",
    ),
    Known(
        r"AttachmentStore is not configured",
        "Somebody attached a file, and the chat's server has no attachment store.",
        "Give the server an `attachment_store`, or turn `composer.attachments` off in the page.",
        "attachment store",
        ("server_error", "stream_error"),
    ),
    Known(
        r"Can't instantiate abstract class (?P<name>\w+)",
        "`{name}` lacks methods that its base demands.",
        "Write those that the evidence names; ChatKit's `Store` demands all of its methods.",
        "abstract:{name}",
        ("does_not_start", "unavailable"),
    ),
    Known(
        r"coroutine '(?P<name>[\w.]+)' was never awaited",
        "Nobody awaits `{name}`, so what it does is not done, and what it gives is missing.",
        "Write `await` before the call; the evidence, or the line after it, says where.",
        "not awaited:{name}",
        severity="warning",
    ),
    Known(
        r"LookupError: <ContextVar name='(?P<name>[^']+)'",
        "The ContextVar `{name}` is read where nobody set it, such as in a thread that does not "
        "begin with the context of the turn.",
        "Set it where the turn begins, and run what reads it with `asyncio.to_thread`, which takes "
        "the context along.",
        "variable:{name}",
    ),
    Known(
        r"'StreamingResult' object has no attribute 'json'",
        "Every message ends with 500: an answer that streams has no `json`.",
        RESULT_KIND,
        "result kind",
        ("server_error",),
    ),
    Known(
        r"'NonStreamingResult' object is not (?:\w+ )?itera"
        r"|__aiter__ method, got NonStreamingResult",
        "Opening a conversation and the list of them end with 500: what does not stream is taken "
        "for a stream.",
        RESULT_KIND,
        "result kind",
        ("server_error",),
    ),
    Known(
        r"expected str instance, coroutine found|'coroutine' object (?:has no|is not|does not)",
        "A coroutine is used that nobody awaits, and not what it gives.",
        "Write `await` before the call; the evidence, or the lines before it, say where.",
        "coroutine used",
    ),
    Known(
        r"Caught handled exception, but response already started",
        "An `HTTPException` was raised when the answer had begun, so its status reaches nobody.",
        "Refuse before the answer begins: in the route, or in what it depends on.",
        "refused late",
    ),
    Known(
        r"the public keys cannot be fetched: (?P<kind>\w+)",
        "The keys by which tokens are verified cannot be fetched, so nobody is let in: `{kind}`.",
        "Correct the URL of the keys (`..._JWKS_URL`), or the network to the identity provider.",
        "keys away",
        ("unauthorized", "unavailable"),
    ),
    Known(
        r"an approved call failed: (?P<kind>\w+)",
        "A call that a person approved failed: `{kind}`.",
        "Look into the log of the tools' server at that time.",
        "approval failed",
        severity="warning",
    ),
    Known(
        r"\S+ cannot transcribe: (?P<kind>\w+)",
        "Speech cannot be turned into text: `{kind}`.",
        "Set a transcription model that the provider has.",
        "transcription",
    ),
    Known(
        r"the answer broke off: (?P<kind>\w+)",
        "An answer broke off: `{kind}`.",
        "Look for what was logged just before: the reason stands there.",
        "answer broken off",
        (*IN_TURN, "cut_off"),
    ),
    Known(
        r"AUTH=none: all callers are one and the same user",
        "Nobody signs in: all callers are one user.",
        "Set a way to sign in (`..._AUTH`); none is for a laptop only.",
        "nobody signs in",
        ("mixed_up", "leaks"),
        "warning",
    ),
)
