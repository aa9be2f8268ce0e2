"""Errors on the way to a provider, and what it says only in general."""

from __future__ import annotations

from chatkit_agent.checks.known_errors import IN_TURN, Known

NETWORK = (
    Known(
        r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|SSLCertVerificationError|"
        r"self[- ]signed certificate",
        "The certificate of a server that is called is not trusted: usually a company's "
        "proxy or a private server signs its own.",
        "Give the authority's file in `SSL_CERT_FILE`, and mount it into the container. Do "
        "not turn verification off.",
        "model certificate",
    ),
    Known(
        r"Using SOCKS proxy, but the 'socksio' package is not installed",
        "A SOCKS proxy is configured, and the package that it needs is not installed.",
        "Install `httpx[socks]`, or take `ALL_PROXY`, `HTTP_PROXY` and `HTTPS_PROXY` out of "
        "the environment.",
        "model socks",
        (*IN_TURN, "does_not_start"),
    ),
    Known(
        r"407 Proxy Authentication Required|ProxyError|Cannot connect to proxy|"
        r"Unknown scheme for proxy URL",
        "The proxy that the environment names does not let the request through.",
        "Correct `HTTPS_PROXY`, with its user and password, or add the host to `NO_PROXY`.",
        "model proxy",
    ),
    Known(
        r"UnsupportedProtocol|missing an 'http://' or 'https://' protocol",
        "An address has no `http://` or `https://`, most often the model's.",
        "Write `OPENAI_BASE_URL` and the MCP server's URL with their scheme; an empty value "
        "counts, so take the line out instead.",
        "model url scheme",
    ),
    Known(
        r"'str' object has no attribute '(?:choices|output|model_dump|id)'|"
        r"Received response with text/html|<!DOCTYPE html|(?:openai|"
        r"model)[^\n]{0,80}JSONDecodeError",
        "What answers at the model's address is a web page, and no API.",
        "Let `OPENAI_BASE_URL` end in `/v1`, and look whether a sign-in page or a proxy "
        "answers there.",
        "model page",
    ),
    Known(
        r"openai\.APITimeoutError|APITimeoutError: Request timed out|^(?!/mcp/).*ReadTimeout",
        "The model does not answer in the time that its client waits.",
        "Raise the client's `timeout`, ask for less, or use a faster model; a local one may "
        "still be loading.",
        "model slow",
        (*IN_TURN, "slow"),
    ),
    Known(
        r"RemoteProtocolError|peer closed connection without sending complete message body|"
        r"Server disconnected without sending a response|incomplete chunked read|(?:stream|"
        r"response) ended (?:prematurely|without a terminal)|Connection broken",
        "The connection to the model broke off in the middle of an answer.",
        "Look at the time-outs of proxies and gateways in front of the provider: they end "
        "connections that are silent while the model thinks.",
        "model cut",
        (*IN_TURN, "cut_off"),
    ),
    Known(
        r"requires more system memory|llama runner process has terminated|"
        r"model runner has unexpectedly stopped|CUDA out of memory|EngineDeadError|EngineCore",
        "The local model's server has not enough memory, or died.",
        "Use a smaller model or context, and look into the log of that server.",
        "model memory",
    ),
    Known(
        r"model is (?:currently )?loading|loading model|is still being loaded",
        "The model is still being loaded.",
        "Wait until it is there; keep it loaded (`OLLAMA_KEEP_ALIVE`) where it is unloaded "
        "between questions.",
        "model loading",
        (*IN_TURN, "slow"),
    ),
    Known(
        r"overloaded|engine is currently|\b529\b|server_is_overloaded|slow_down|"
        r"\bUNAVAILABLE\b|service_unavailable|no healthy upstream",
        "The model's provider is overloaded.",
        "Try again later, or use another model meanwhile.",
        "model overloaded",
        (*IN_TURN, "slow"),
    ),
    Known(
        r"openai\.NotFoundError|NotFoundError: Error code: 404|Error code: 405",
        "The provider has nothing at the address that is called: the base URL is wrong, or "
        "it does not offer the Responses API.",
        "Let `OPENAI_BASE_URL` end in `/v1`; for providers without the Responses API call "
        '`set_default_openai_api("chat_completions")`.',
        "model url",
    ),
    Known(
        r"openai\.APIConnectionError|APIConnectionError: Connection error",
        "The model's provider cannot be reached.",
        "Check `OPENAI_BASE_URL`, the network and proxies of the machine that the "
        "application runs on.",
        "model away",
        (*IN_TURN, "slow"),
    ),
    Known(
        r"openai\.InternalServerError|InternalServerError: Error code: 5\d\d|Error code: 50\d",
        "The model's provider fails by itself.",
        "Try again later, and look at the status page of the provider.",
        "model down",
    ),
    Known(
        r"openai\.PermissionDeniedError|PermissionDeniedError: Error code: 403|"
        r"insufficient permissions for this operation|Missing scopes",
        "The model's provider does not let this key use the model.",
        "Use a key whose project may use the model, or another model.",
        "model right",
    ),
    Known(
        r"openai\.(?:BadRequestError|UnprocessableEntityError|ConflictError)|"
        r"(?:BadRequestError|UnprocessableEntityError): Error code: 4\d\d|"
        r"\bError code: 4(?:00|09|22)\b",
        "The model's provider did not accept the request.",
        "Read the provider's reason in the evidence: it names the field.",
        "model request",
    ),
    Known(
        r"the turn failed: APIError:|openai\.APIError",
        "The provider broke off the answer with an error of its own.",
        "Read its words in the evidence. Where it only says that something went wrong, look "
        "at its status page; a gateway's own log says which provider failed.",
        "model error",
    ),
)
