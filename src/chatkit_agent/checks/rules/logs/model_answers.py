"""The log has no error of the model's provider."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import LOG, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.checks.known_errors import Known, known_errors
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.symptoms import Symptom

SEEN: tuple[Symptom, ...] = ("stream_error", "silent")

KNOWN = (
    Known(
        r"api_key client option must be set|OPENAI_API_KEY.{0,40}(?:not set|environment variable)"
        r"|Missing credentials",
        "The model's client has no API key.",
        "Set `OPENAI_API_KEY` where the application is started. A key that stands only in `.env` "
        "reaches the SDK only after `load_dotenv()`.",
        "model key missing",
        (*SEEN, "does_not_start"),
    ),
    Known(
        r"insufficient_quota|exceeded your current quota",
        "The quota of the provider's account is used up.",
        "Add credit to the account, or use another key. Trying again does not help.",
        "model quota",
        SEEN,
    ),
    Known(
        r"(?:openai\.)?AuthenticationError|invalid_api_key|Incorrect API key",
        "The model's provider refuses the API key.",
        "Correct `OPENAI_API_KEY`. A key of another provider needs that provider's "
        "`OPENAI_BASE_URL` as well.",
        "model key",
        SEEN,
    ),
    Known(
        r"RateLimitError|rate_limit_exceeded",
        "The provider's rate limit is reached.",
        "Send fewer or smaller requests, or have the limit raised.",
        "model rate",
        (*SEEN, "slow"),
    ),
    Known(
        r"model_not_found|The model [`'\"]?(?P<model>[\w.:/-]+)[`'\"]? does not exist"
        r"|model [`'\"](?P<other>[\w.:/-]+)[`'\"].{0,20}not found",
        "The provider does not have the configured model.",
        "Correct the model's name, or use a key whose project may use it.",
        "model name",
        SEEN,
    ),
    Known(
        r"you must provide a model parameter|Missing required parameter: '?model\b",
        "The model has no name: the setting is empty.",
        "Write the model's name there, or take the line out so that the default holds.",
        "model name empty",
        SEEN,
    ),
    Known(
        r"Unsupported (?:parameter|value): '?(?P<name>[\w.]+)|unsupported_(?:parameter|value)",
        "The model does not take a setting that is sent to it.",
        "Take `{name}` out of the model settings: reasoning models refuse, for example, "
        "`temperature`.",
        "model settings",
        SEEN,
    ),
    Known(
        r"Unknown (?:content|part)\b.{0,40}output_text|Unhandled item type or structure",
        "The history is sent in a form that Chat Completions does not know.",
        'Send earlier answers as plain strings, `{"role": "assistant", "content": "..."}`.',
        "completions history",
        (*SEEN, "forgets"),
    ),
    Known(
        r"openai\.NotFoundError|NotFoundError: Error code: 404",
        "The provider has nothing at the address that is called: the base URL is wrong, or it does "
        "not offer the Responses API.",
        "Let `OPENAI_BASE_URL` end in `/v1`; for providers without the Responses API call "
        '`set_default_openai_api("chat_completions")`.',
        "model url",
        SEEN,
    ),
    Known(
        r"openai\.(?:APITimeoutError|APIConnectionError)|APIConnectionError: Connection error"
        r"|APITimeoutError: Request timed out",
        "The model's provider cannot be reached.",
        "Check `OPENAI_BASE_URL`, the network and proxies of the machine that the application runs "
        "on.",
        "model away",
        (*SEEN, "slow"),
    ),
    Known(
        r"openai\.InternalServerError|InternalServerError: Error code: 5\d\d",
        "The model's provider fails by itself.",
        "Try again later, and look at the status page of the provider.",
        "model down",
        SEEN,
    ),
    Known(
        r"openai\.PermissionDeniedError|PermissionDeniedError: Error code: 403",
        "The model's provider does not let this key use the model.",
        "Use a key whose project may use the model, or another model.",
        "model right",
        SEEN,
    ),
    Known(
        r"openai\.BadRequestError|BadRequestError: Error code: 400",
        "The model's provider did not accept the request.",
        "Read the provider's reason in the evidence: it names the field.",
        "model request",
        SEEN,
    ),
)


@check("CK905", "The log has no error of the model's provider", needs=LOG)
def model_answers(evidence: Evidence) -> Iterator[Finding]:
    """The log has no error of the model's provider: key, quota, rate, model, base URL,
    settings, history and network are told apart.
    """
    if evidence.log:
        yield from known_errors(evidence.log, KNOWN)
