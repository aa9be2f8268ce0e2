"""Errors of a provider that speak of the request: history, tools and settings."""

from __future__ import annotations

from chatkit_agent.checks.known_errors import IN_TURN, Known

REQUESTS = (
    Known(
        r"organization must be verified|verify (?:your )?organization|Verify Organization",
        "The model, or what is asked of it (streaming, summaries of its reasoning), is for "
        "verified organizations only.",
        "Verify the organization in the provider's settings, take `reasoning` summaries out "
        "of the model settings, or use another model.",
        "model organization",
    ),
    Known(
        r"context_length_exceeded|exceeds? (?:the )?(?:model'?s? )?(?:available |"
        r"maximum )?context (?:window|length|size)|context window of this model|"
        r"maximum context length|prompt is too long|prompt token count|input (?:tokens?|"
        r"token count|length)[^\n]{0,80}exceed|max_model_len|too many input tokens",
        "The conversation is longer than the model can read.",
        "Give the model the latest items only, shorten what tools return, or keep a summary "
        "(`--with summary` in a delivered chat).",
        "history too long",
        (*IN_TURN, "forgets"),
    ),
    Known(
        r"content_filter|content management policy|ResponsibleAIPolicyViolation|"
        r"flagged as potentially violating|violat\w+ (?:our )?usage polic|"
        r"content_policy_violation|PROHIBITED_CONTENT|blocked[^\n]{0,40}safety|"
        r"finish_reason\W{0,4}SAFETY",
        "The provider's content filter stopped the question or the answer.",
        "Tell the person so, and look which words set it off. At Azure the filter of the "
        "deployment can be changed; results of tools are filtered too.",
        "content filter",
    ),
    Known(
        r"tools(?:\[\d+\]|\.\d+)[\w.\[\]]*name\b[^\n]{0,100}(?:pattern|too long|at most|max)|"
        r"(?:Invalid|invalid) function name|function name[^\n]{0,40}(?:must|invalid)|"
        r"Invalid 'tools\[\d+\][^']*name'",
        "A tool has a name that the provider does not take.",
        "Use letters, digits, `_` and `-`, 64 at most: rename the tool at the MCP server, or "
        "map its name where the tools are listed.",
        "tool names",
    ),
    Known(
        r"'?tools'?[^\n]{0,80}(?:array too long|maximum (?:number of items|length)|too many)|"
        r"array_above_max_length[^\n]{0,40}tools|maximum of \d+ (?:tools|functions)|"
        r"too many (?:tools|function declarations)",
        "More tools are offered than the provider takes.",
        "Give the agent those that it needs, with a `tool_filter`; 128 is the most that "
        "OpenAI takes.",
        "too many tools",
    ),
    Known(
        r"Duplicate tool names|Tool names must be unique|Duplicate function declaration|"
        r"duplicate tool name|tools must have unique names",
        "Two tools have the same name.",
        "Rename one, or let the SDK put the server's name in front "
        "(`include_server_in_tool_names`).",
        "tools twice",
    ),
    Known(
        r"Invalid schema for function '?(?P<tool>[\w.-]+)|invalid_function_parameters|"
        r"function_declarations\[\d+\]|tools\.\d+\.[\w.]*input_schema|"
        r"Invalid (?:JSON )?schema[^\n]{0,40}(?:tool|function)",
        "The provider refuses the description of the parameters of a tool: `{tool}`.",
        "Correct the schema that the evidence names (each array needs `items`, each object "
        "`properties`), or do not ask for strict schemas.",
        "tool schema",
    ),
    Known(
        r"Invalid schema for response_format|response_format[^\n]{0,80}(?:not supported|"
        r"unavailable|invalid)|json_schema[^\n]{0,40}not supported",
        "The provider refuses the agent's output type.",
        "Correct the schema of `output_type`, or leave it out for this provider.",
        "output schema",
    ),
    Known(
        r"Expected an ID that begins with|Invalid 'input\[\d+\]\.id'",
        "Ids of the chat are sent as ids of the model's items, and refused.",
        "Give the model items without `id`: let `simple_to_agent_input` make them, or take "
        "the ids out of your own.",
        "item ids",
        (*IN_TURN, "forgets"),
    ),
    Known(
        r"Duplicate item found with id",
        "The history has an item twice.",
        "Send each item once: no history beside `previous_response_id` or a conversation of the "
        "provider, which has it already.",
        "item twice",
        (*IN_TURN, "repeats"),
    ),
    Known(
        r"provided without its required|reasoning_content[^\n]{0,60}(?:must|missing)|"
        r"missing (?:a )?thought_signature|Expected `?thinking`?",
        "A tool call and the reasoning before it were torn apart in the history: the model "
        "takes both or none.",
        "Give back whole turns, with every item of them (`result.to_input_list()`), or only "
        "the messages.",
        "reasoning items",
        (*IN_TURN, "forgets"),
    ),
    Known(
        r"invalid_encrypted_content|encrypted content[^\n]{0,60}could not be",
        "Reasoning of another account, key or model is in the history, and cannot be decrypted.",
        "Leave reasoning items out of histories that another key or model made.",
        "encrypted reasoning",
        (*IN_TURN, "forgets"),
    ),
    Known(
        r"No tool output found|tool_call_ids? did not have response|"
        r"tool_use`? ids? (?:were )?found without|tool calls?[^\n]{0,30}must be followed by|"
        r"Not the same number of function calls and responses|"
        r"number of function response parts",
        "The history has a tool call without its result, as after a turn that broke off.",
        "Leave out calls without results when the history is loaded, or store both at once.",
        "no tool output",
        (*IN_TURN, "forgets"),
    ),
    Known(
        r"No tool call found for function call output|"
        r"must be a (?:response to a )?prece+ding message with 'tool_calls'|"
        r"unexpected `?tool_use_id|tool result[^\n]{0,40}without",
        "The history has a tool's result without the call before it: it was cut in between.",
        "Cut histories between turns, not inside of one.",
        "no tool call",
        (*IN_TURN, "forgets"),
    ),
    Known(
        r"Tool call id was [^\n]{0,80}must be|\[\d+\]\.call_id'?[^\n]{0,60}(?:too long|"
        r"pattern)|tool_call_id[^\n]{0,60}(?:too long|pattern|length)",
        "The ids of tool calls have a form that this provider does not take: Mistral wants "
        "nine letters and digits.",
        "Write short ids of their own for the calls and their results when the history is "
        "sent, the same for both.",
        "tool call ids",
    ),
    Known(
        r"Unexpected role '|roles must alternate|Expected last role|(?:first|"
        r"last) message[^\n]{0,40}(?:must|role)|function call turn comes immediately after",
        "The provider does not take the messages in this order.",
        "Begin with a user's message, join messages of one role that follow each other, and "
        "let each tool result follow its call.",
        "order of roles",
    ),
    Known(
        r"Unexpected message role|Unknown (?:message )?role|unknown variant `developer`|"
        r"Invalid value: '(?:developer|"
        r"system)'|'?developer'?[^\n]{0,30}(?:is not one of|not supported)|"
        r"role[^\n]{0,30}must be one of",
        "The provider does not know a role of the messages, often `developer`.",
        "Send instructions as `system` for this provider, through Chat Completions.",
        "role",
    ),
    Known(
        r"previous_response_not_found|Previous response with id",
        "The answer that the request goes on from is not at the provider: it was deleted, of "
        "another account, or never stored.",
        "Send the history itself, or start without `previous_response_id` where it is refused.",
        "previous response",
        (*IN_TURN, "forgets"),
    ),
    Known(
        r"Items are not persisted|`?store`? is set to false|[Zz]ero [Dd]ata [Rr]etention|"
        r"keeps no answers: [^\n]*STORE=false",
        "The provider keeps no answers (zero data retention, or `store` is off), and the "
        "request refers to kept ones.",
        'Set `ModelSettings(store=False, response_include=["reasoning.encrypted_content"])` '
        "and send items without their ids; in a delivered chat set `..._CHATKIT_STORE=false`.",
        "store off",
        (*IN_TURN, "forgets"),
    ),
    Known(
        r"conversation_locked|Another process is currently operating on this conversation",
        "Two answers are written into one conversation of the provider at once.",
        "Let one turn at a time run in a thread.",
        "conversation busy",
    ),
    Known(
        r"max_(?:completion_|output_)?tokens[^\n]{0,80}(?:too (?:large|small|high)|exceed|"
        r"at most|below|less than|greater than|maximum)",
        "More output is asked for than the model gives, or too little.",
        "Correct `max_tokens` in the model settings, or leave it out.",
        "output tokens",
    ),
    Known(
        r"(?:Unsupported (?:parameter|value)|Unknown parameter|"
        r"Unrecognized request arguments? supplied|Unsupported argument|unknown field|"
        r"Unknown name)[:\s]*[`'\"\\]*(?P<name>[a-zA-Z_][\w.]*)|"
        r"property '(?P<other>[\w.]+)' is unsupported",
        "The model does not take a setting that is sent to it: `{name}{other}`.",
        "Take it out of the model settings: reasoning models refuse, for example, `temperature`.",
        "model settings",
    ),
    Known(
        r"unsupported_(?:parameter|value)|UnsupportedParamsError|does not support (?:thinking|"
        r"reasoning|parameters?|temperature|parallel tool)|"
        r"Extra inputs are not permitted[^\n]{0,80}(?:openai|Error code)|"
        r"Error code: 4\d\d[^\n]{0,120}Extra inputs are not permitted",
        "The model does not take a setting that is sent to it.",
        "Take what the evidence names out of the model settings: reasoning models refuse "
        "`temperature`, others `reasoning`.",
        "model setting",
    ),
    Known(
        r"does not support (?:tools|tool use|tool call\w*|function call\w*)|support tool use|"
        r"tool choice requires --enable-auto-tool-choice|tool calling is not (?:supported|"
        r"enabled)|--tool-call-parser",
        "The model, or its server, cannot call tools.",
        "Use a model that can; start vLLM with `--enable-auto-tool-choice` and the "
        "`--tool-call-parser` of the model.",
        "no tools",
    ),
    Known(
        r"tool_use_failed|Failed to call a function|failed_generation|MALFORMED_FUNCTION_CALL",
        "The model wrote a tool call that its provider could not read.",
        "Ask again; make the tools' descriptions simpler, lower the temperature, or use a "
        "stronger model.",
        "tool call broken",
    ),
    Known(
        r"(?:does not support|not supported[^\n]{0,20}|"
        r"Invalid content type[^\n]{0,10})\W*(?:image|vision|image_url|input_image)|"
        r"image[^\n]{0,30}(?:input|content)[^\n]{0,20}not supported|"
        r"image_url is only supported|No endpoints found that support image",
        "The model cannot read pictures.",
        "Use a model that can, or do not let people attach any.",
        "pictures",
    ),
    Known(
        r"at least one message is required|contents? is not specified|"
        r"content blocks? must be non-empty|must (?:contain|have) non-?whitespace|"
        r"Input must have at least|'?(?:messages|input)'?[^\n]{0,20}(?:is empty|too short|"
        r"must not be empty|cannot be empty)",
        "A request without a message, or with an empty one, is sent to the model.",
        "Leave empty messages out of the history, and refuse empty questions.",
        "empty request",
    ),
    Known(
        r"Unknown (?:content|part)\b.{0,40}output_text|Unhandled item type or structure",
        "The history is sent in a form that Chat Completions does not know.",
        'Send earlier answers as plain strings, `{"role": "assistant", "content": "..."}`.',
        "completions history",
        (*IN_TURN, "forgets"),
    ),
    Known(
        r"Hosted tools are not supported|(?:web_search|file_search|"
        r"code_interpreter)\w*[^\n]{0,40}not supported",
        "A tool that OpenAI hosts is offered through an interface that does not have it.",
        "Call it through the Responses API, or take it out of the agent's tools.",
        "hosted tools",
    ),
)
