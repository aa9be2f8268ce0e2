"""Modules: what only some chats need, and how it is brought into one."""

from __future__ import annotations

from chatkit_agent.guide.playbook import DEV, VERIFY, Command, Playbook, Sample, Setting, terms

APPROVALS = Playbook(
    "approvals",
    "Ask the person before a tool runs",
    "Ask for approval before a tool runs",
    terms("approv, confirm, ask before, human loop, permission tool, destructive, consent"),
    "A tool that its MCP server marks as destructive (`destructiveHint: true`) does not run when "
    "the model calls it. The person sees the whole call with the buttons Approve and Decline; "
    "then it is made, at most once, with the token of that moment. Tools without that mark run at "
    "once: mark yours.",
    ("chatkit_runtime/approvals.py",),
    ("chat", "feature", "tools"),
    (
        Sample(
            "your MCP server",
            "python",
            "@server.tool(annotations=ToolAnnotations(destructive_hint=True))\n"
            "async def delete_task(task_id: int) -> str: ...",
            "with mcp 1 it is written `destructiveHint=True`",
        ),
    ),
    settings=(Setting("APPROVAL_MINUTES", "how long a person may take to answer", "60"),),
    do=(Command("chatkit-agent update . --with approvals", "In a chat that is there."),),
    test=(
        Command(
            "chatkit-agent verify . --select CK214",
            "A tool that destroys something asks first, and runs once.",
        ),
    ),
)
ATTACHMENTS = Playbook(
    "attachments",
    "Files in the chat",
    "Let people attach files",
    terms(
        "attach, upload, file upload, pictur, image$ send, pdf, s3$, bucket, file sharing, send "
        "image, send photo"
    ),
    "A file comes in by `PUT` to an address that only its owner gets, that takes this one file of "
    "this size and type, and is void after ten minutes. Pictures and texts reach the model. Until "
    "the variables are set, the chat answers 501 and says so.",
    ("chatkit_runtime/attachments.py",),
    ("chat", "feature"),
    (
        Sample(
            "the client, where it is not the page",
            "js",
            "setOptions({ composer: { attachments: { enabled: true } },\n"
            '             api: { uploadStrategy: { type: "two_phase" } } });',
            "the page has `const ATTACHMENTS` in `page.js`",
        ),
    ),
    settings=(
        Setting(
            "ATTACHMENTS_URL", "the chat as browsers reach it", "https://api.example.com/chatkit"
        ),
        Setting("ATTACHMENTS_SECRET", "signs the addresses, 32 bytes or more"),
        Setting("ATTACHMENTS_FOLDER", "where files are kept on disk", "/var/lib/chat"),
        Setting("ATTACHMENTS_BUCKET", "or in S3 (needs boto3)", "chat"),
        Setting(
            "ATTACHMENTS_TYPES",
            "the types that are taken; PDF only where it is named here and the model takes it",
            "image/png,image/jpeg,text/plain,application/pdf",
        ),
    ),
    do=(Command("chatkit-agent update . --with attachments", "In a chat that is there."),),
    test=(VERIFY,),
    also=(
        "Files stay when their conversation is deleted: run "
        "`python -m {package}.services.attachment_sweep` from cron.",
        "From another origin, CORS has to allow `PUT`.",
    ),
)
RETENTION = Playbook(
    "retention",
    "Delete old conversations, forget a user",
    "Delete old conversations",
    terms(
        "retention, delete conversation, old conversation, forget, how long kept, purge, erase, "
        "delete chats, delete data, export conversation, gdpr, export user, delete user, privacy, "
        "data protection"
    ),
    "Nothing is deleted by itself. A module of three commands deletes what is old, deletes all "
    "that is kept of one user, or exports it as JSON, in small batches beside the running "
    "application.",
    ("chatkit_store/retention.py", "services/retention.py"),
    ("chat", "feature", "database"),
    (
        Sample(
            "cron, where the chat's variables are set",
            "sh",
            "python -m {package}.services.retention delete --older-than 90\n"
            "python -m {package}.services.retention delete --user ID\n"
            "python -m {package}.services.retention export --user ID",
            "block a user before you forget them",
        ),
    ),
    do=(Command("chatkit-agent update . --with retention", "In a chat that is there."),),
    test=(VERIFY,),
)
OTHERS = Playbook(
    "modules",
    "Optional modules",
    "Speak instead of typing, or sum up",
    terms(
        "transcri, voice, speech, speak instead, sum up$, dictat, microphone, summar, optional "
        "module, feature"
    ),
    "What only some chats need is delivered by name: `transcription` (speak instead of typing), "
    "`summary` (the gist of what is too old to be read again), `telemetry` (OpenTelemetry spans "
    "of each turn), `retention`, `approvals` and `attachments`.",
    facts=("chat", "feature"),
    settings=(Setting("TRANSCRIPTION_MODEL", "model that hears speech", "gpt-4o-mini-transcribe"),),
    do=(
        Command(
            "chatkit-agent update . --with transcription,summary,telemetry",
            "In a chat that is there; else `add` takes the same option. `--without NAME` takes "
            "one out.",
        ),
    ),
    test=(VERIFY,),
    also=("`CHATKIT.md` then has a part for each, with its variables.",),
)

ROUTES = Playbook(
    "routes",
    "Let the assistant use the application's own routes",
    "Let the assistant use my own routes",
    terms(
        "own route, own endpoint, own api$, my route, my endpoint, my api$, call api, internal "
        "api, call endpoint, call route, use route, use endpoint, openapi, route tool, tools "
        "route, api tool, rest api, ~let assistant, ~let bot, ~let chatbot, assistant create, "
        "assistant update, assistant delete, assistant edit, bot create, bot update, bot delete, "
        "bot edit"
    ),
    "Routes of the application become tools: called inside the process as the person who asks, "
    "with their own credential, the application's own validation and permissions. Routes that "
    "read are taken by themselves; one that writes is named, and the person is asked before it "
    "runs. Names, descriptions and arguments come from the OpenAPI document.",
    ("chatkit_runtime/route_tools.py", "chatkit_runtime/route_catalog.py"),
    ("chat", "sign_in"),
    do=(
        Command("chatkit-agent inspect .", "Lists the routes that read, and those that write."),
        Command(
            "chatkit-agent update . --tools routes", "In a chat that is there: those that read."
        ),
    ),
    test=(VERIFY, DEV),
    also=(
        'Those that write, by name: `--tools "routes:GET /tasks,POST /tasks"`.',
        "A chat that runs as a service beside the application cannot call its routes.",
        "A docstring of the route, and a `description` of each field, is what the model reads.",
    ),
)
MODULES = (APPROVALS, ATTACHMENTS, RETENTION, OTHERS, ROUTES)
