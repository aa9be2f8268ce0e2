"""Errors of a provider that speak of the account: key, credit, rate, region and model."""

from __future__ import annotations

from chatkit_agent.checks.known_errors import IN_TURN, Known

ACCOUNT = (
    Known(
        r"api_key client option must be set|OPENAI_API_KEY.{0,40}(?:not set|"
        r"environment variable)|Missing credentials|You didn't provide an API key|"
        r"No API key (?:provided|passed)|API key must be set|No auth credentials found",
        "The model's client has no API key.",
        "Set `OPENAI_API_KEY` where the application is started. A key that stands only in "
        "`.env` reaches the SDK only after `load_dotenv()`.",
        "model key missing",
        (*IN_TURN, "does_not_start"),
    ),
    Known(
        r"Illegal header value|'ascii' codec can't encode character|"
        r"header value.{0,40}(?:invalid|must be str)",
        "The API key cannot be sent: it has a line break, a space or a character that "
        "headers do not take.",
        "Copy `OPENAI_API_KEY` again, without quotes, spaces and a line's end.",
        "model key form",
    ),
    Known(
        r"billing_hard_limit_reached|billing_not_active|account is not active|"
        r"insufficient[_ ]credits|insufficient[_ ]balance|credit balance is too low|"
        r"requires more credits|Error code: 402|Payment Required|(?:budget|"
        r"ExceededBudget).{0,40}exceeded|budget_exceeded",
        "The provider's account has no credit left, or is not active.",
        "Add credit or raise the budget of the account or key. Trying again does not help.",
        "model billing",
    ),
    Known(
        r"insufficient_quota|exceeded your current quota|quota exceeded|free-models-per-day|"
        r"requests per day|\bRPD\b|PerDay",
        "The quota of the provider's account is used up.",
        "Add credit to the account, wait for the next day where it is a daily one, or use "
        "another key. Trying again does not help.",
        "model quota",
    ),
    Known(
        r"unsupported_country_region_territory|(?:country|region|territory|"
        r"user location)[^\n]{0,40}(?:is )?not supported",
        "The provider does not serve the region that the request comes from.",
        "Run the application in a region that the provider serves, or use another provider.",
        "model region",
    ),
    Known(
        r"ip_not_authorized|IP address[^\n]{0,60}not (?:authorized|allowed)|"
        r"Public access is disabled|Virtual Network/Firewall rules|"
        r"blocked by network (?:policy|rules)",
        "The provider's account lets in other networks only.",
        "Allow the address that the application comes from, or its private endpoint, in the "
        "provider's network rules.",
        "model network",
    ),
    Known(
        r"mismatched_(?:organization|project)|must be a member of an organization|"
        r"OpenAI-(?:Organization|Project) header",
        "The API key belongs to another organization or project than the one that is named.",
        "Take `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID` out, or set those of the key.",
        "model account",
    ),
    Known(
        r"DeploymentNotFound|deployment for this resource does not exist",
        "Azure has no deployment of that name.",
        "Give the name of the deployment as the model, and the address of the resource that "
        "has it. A new one takes some minutes.",
        "model azure",
    ),
    Known(
        r"(?<!found for )api.version[^\n]{0,80}(?:not supported|invalid|missing|required|"
        r"not enabled)|Must provide either the `api_version`|"
        r"(?:unsupported|invalid|missing)[^\n]{0,30}api.version|"
        r"Responses API is enabled only for api-version",
        "Azure does not know the `api-version` that the requests name, or misses it.",
        "Set `OPENAI_API_VERSION` to one that the resource serves, or use the base URL "
        "`https://NAME.openai.azure.com/openai/v1/`, which needs none.",
        "model azure version",
    ),
    Known(
        r"invalid subscription key or wrong API endpoint",
        "Azure refuses the key: it is of another resource, or the address is.",
        "Take key and endpoint from the same resource.",
        "model azure key",
    ),
    Known(
        r"LLM Provider NOT provided|Unmapped LLM provider|No allowed providers are available|"
        r"No endpoints found matching your data policy|No endpoints found for",
        "The gateway has no provider for this model and this account.",
        "Name the model as the gateway does, with its provider in front, and look at the "
        "account's routing and data policy.",
        "model provider",
    ),
    Known(
        r"(?<!redis\.exceptions\.)\bAuthenticationError\b|invalid_api_key|Incorrect API key|"
        r"API key not valid|invalid x-api-key|Invalid API Key|"
        r"Virtual key[^\n]{0,40}(?:expired|not found)|Error code: 401",
        "The model's provider refuses the API key.",
        "Correct `OPENAI_API_KEY`. A key of another provider needs that provider's "
        "`OPENAI_BASE_URL` as well.",
        "model key",
    ),
    Known(
        r"Request too large[^\n]{0,200}tokens per min|"
        r"rate_limit_exceeded[^\n]{0,200}reduce the length",
        "One request is larger than the tokens that the account may send in a minute.",
        "Send less history and shorter results of tools, or have the limit raised.",
        "model too much",
    ),
    Known(
        r"RateLimitError|rate[_ ]limit|RESOURCE_EXHAUSTED|Too Many Requests|Error code: 429|"
        r"capacity exceeded",
        "The provider's rate limit is reached.",
        "Send fewer or smaller requests, or have the limit raised.",
        "model rate",
        (*IN_TURN, "slow"),
    ),
    Known(
        r"model_decommissioned|model[^\n]{0,80}(?:has been |is )?(?:decommissioned|deprecated|"
        r"retired|no longer (?:supported|available))|model_not_active",
        "The configured model is retired.",
        "Set the name of a model that the provider still serves.",
        "model retired",
    ),
    Known(
        r"model_not_found|The model [`'\"]?(?P<model>[\w.:/-]+)[`'\"]? (?:does not exist|"
        r"is not found)|model [`'\"](?P<other>[\w.:/-]+)[`'\"].{0,20}not found|"
        r"try pulling it first|not a valid model ID|Invalid model(?: name)?\b|"
        r"models/[\w.-]+ is not found",
        "The provider does not have the configured model.",
        "Correct the model's name, or use a key whose project may use it. At Ollama, pull it "
        "first.",
        "model name",
    ),
    Known(
        r"you must provide a model parameter|Missing required parameter: '?model\b|"
        r"model is required",
        "The model has no name: the setting is empty.",
        "Write the model's name there, or take the line out so that the default holds.",
        "model name empty",
    ),
    Known(
        r"OperationNotSupported|operation does not work with the specified model|"
        r"This is not a chat model|only supported in v1/(?:responses|completions|chat)",
        "The model is not for chats, or not for the interface by which it is called.",
        "Set a chat model, or let the SDK speak the interface that the error names "
        "(`set_default_openai_api`).",
        "model operation",
    ),
)
