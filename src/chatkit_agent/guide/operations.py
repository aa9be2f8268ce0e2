"""Operations: a chat's front end, its deployment, its upgrade and its end."""

from __future__ import annotations

from chatkit_agent.guide.playbook import (
    VERIFY,
    Code,
    Command,
    Playbook,
    Sample,
    Setting,
    terms,
)

NGINX = """\
location {path} {
    proxy_pass http://127.0.0.1:8000;
    proxy_http_version 1.1;
    proxy_buffering off;              # answers stream
    proxy_read_timeout 300s;          # a model may think for minutes
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
}"""
PLAIN_HTML = """\
<script type="module" src="{page}/static/chatkit-panel.js"></script>
<chatkit-panel url="{path}"></chatkit-panel>"""
SIGNED_IN = """\
const signedIn = (url, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${token}`);
  return fetch(url, { ...init, headers });
};
document.querySelector("chatkit-panel").setOptions({ api: { url: "{path}", fetch: signedIn } });"""
REACT = """\
const PANEL = "{page}/static/chatkit-panel.js"; // bundlers look for what stands in import() itself

export function Chat({ signedIn }) {
  const panel = useRef(null);
  useEffect(() => {
    import(/* @vite-ignore */ /* webpackIgnore: true */ PANEL).then(() =>
      panel.current?.setOptions({ api: { url: "{path}", fetch: signedIn } }),
    );
  }, [signedIn]);
  return <chatkit-panel ref={panel} style={{ display: "block", height: "100%" }} />;
}"""
LOGGED = """\
logging.basicConfig(level=logging.INFO)  # or: logging.getLogger("{package}").setLevel("INFO")"""

FRONT_END = Playbook(
    "front-end",
    "Show the chat in a front end",
    "Connect a front end",
    terms(
        "front end$, frontend, react, vue, next, svelte, angular, html, browser, page$, component, "
        "spa$, javascript, typescript, ui$, embed, iframe, wordpress, cors, website, user "
        "interface"
    ),
    "`GET {page}` is a page with the chat; nothing has to be built for it. The same element, "
    "`<chatkit-panel>`, stands in any page of yours, and OpenAI's component speaks the same "
    "protocol. Each request carries what your application signs people in with: a cookie goes by "
    "itself, a token is added by `fetch`.",
    ("chatkit_page/page.js", "chatkit_page/page.html"),
    ("chat", "sign_in", "page"),
    (
        Sample("a page of yours", "html", PLAIN_HTML, "plain HTML"),
        Sample("beside it", "js", SIGNED_IN, "where requests carry a token"),
        Sample("Chat.jsx", "jsx", REACT, "React; `signedIn` has to stay the same function"),
    ),
    settings=(
        Setting(
            "ALLOWED_ORIGINS", "other sites' pages that ask with cookies", "https://www.example.com"
        ),
    ),
    do=(Command("chatkit-agent dev .", "Runs it, and prints the address of the page `{page}`."),),
    test=(
        Command("curl -I {address}{page}", "200 and `text/html`, once the application runs."),
        Command(
            "curl -i -X OPTIONS {address}{path} -H 'Origin: http://localhost:5173' "
            "-H 'Access-Control-Request-Method: POST'",
            "From another origin: `access-control-allow-origin`, or its CORS does not let it in.",
        ),
    ),
    also=(
        "On another origin the API's CORS has to allow `POST`, `Authorization` and "
        "`Content-Type`; one origin, by a proxy, is simpler.",
        "OpenAI's component: `api: { url, domainKey, fetch }`; the key is made for your domain in "
        "OpenAI's console, any text will do on `localhost`.",
        "Vue, Next.js with an httpOnly cookie, and what each failure looks like: "
        "`docs/frontend.md` of chatkit-agent.",
    ),
)
DEPLOYMENT = Playbook(
    "deployment",
    "Deploy it",
    "Deploy it behind nginx",
    terms(
        "deploy, nginx, docker, container, gunicorn, production, kubernetes, k8s, proxy, traefik, "
        "caddy, server$ run, worker, systemd, cloudflare, behind, load balanc, heroku, fly$, cloud "
        "run$, hosting, go live$"
    ),
    "The chat is a router of your application: what runs your application runs the chat. A proxy "
    "in front of it must not buffer, must wait for a model that thinks, and passes path and "
    "`Authorization` header on as they are. Workers share nothing but the database.",
    (),
    ("chat", "image", "database", "middleware"),
    (
        Sample("nginx.conf", "nginx", NGINX, "and the page in the same way"),
        Sample(
            "how it is started",
            "sh",
            "uvicorn {app} --host 0.0.0.0 --port 8000 --timeout-graceful-shutdown 20\n"
            "# or, with workers:\n"
            "gunicorn {app} -k uvicorn_worker.UvicornWorker -w 4 --timeout 120 "
            "--graceful-timeout 30",
            "on SIGTERM the chat saves what was said, so give it some seconds",
        ),
    ),
    ("DATABASE_URL", "OPENAI_API_KEY"),
    (
        Setting("POOL_MAX_SIZE", "connections of each worker; all together have to fit", "10"),
        Setting("POOLER", "PgBouncer in transaction mode is in front of the database", "true"),
    ),
    test=(
        Command("chatkit-agent doctor . --select CK5,CK8", "Reads the deployment files for this."),
        Command("curl {address}{path}/health", "200 when it is ready, 503 with what is missing."),
    ),
    also=(
        "Images copy whole folders: `*.sql` and the files of the page are needed as well.",
        "Where proxies end TLS: `--proxy-headers --forwarded-allow-ips` with the proxy's address.",
    ),
)
UPGRADE = Playbook(
    "upgrade",
    "Upgrade it",
    "Upgrade to a newer version",
    terms(
        "upgrad, update, newer version, new version, latest version, migrat, bump, change option"
    ),
    "`update` brings the delivered code up to the installed version by a three-way merge: what "
    "you did not edit is replaced, your edits stay, and where both changed the same lines nothing "
    "is written. Options can be changed at the same time. Older and newer workers may run side by "
    "side.",
    (),
    ("chat_needed", "version"),
    do=(
        Command("uv tool upgrade chatkit-agent", "Or `pipx upgrade chatkit-agent`."),
        Command("chatkit-agent update . --dry-run", "What would change, your own files by line."),
        Command("chatkit-agent update .", "The same, and asks before it is done."),
    ),
    test=(VERIFY,),
    also=(
        "An option in place: `chatkit-agent update . --mcp-url URL`, or `--with approvals`.",
        "Where it refuses, `--markers` writes both versions between conflict markers.",
        "Tables that a later version needs are made by it.",
    ),
)
REMOVAL = Playbook(
    "removal",
    "Take it out again",
    "Remove the chat",
    terms(
        "undo, uninstall, remove chat, delete chat$, take out$, remove it$, rid, roll back$, "
        "rollback, revert, removal, deinstall, remove integration, drop chat, entfern, supprimer, "
        "eliminar, remove chatkit, remove everything"
    ),
    "`undo` gives every file back as it was and keeps what you changed yourself since then. It "
    "shows first what goes and what stays, and refuses where your own code uses what would go.",
    (),
    ("chat_needed", "database"),
    do=(
        Command("chatkit-agent undo . --dry-run", "What would go, and what would stay."),
        Command("chatkit-agent undo .", "The same, and asks before it is done."),
    ),
    test=(Command("git status --short", "What differs from your last commit."),),
    also=(
        "Conversations stay: `drop schema {schema} cascade` removes them as well.",
        "A later `chatkit-agent add .` takes up what was kept.",
    ),
)
RESUME = Playbook(
    "resume",
    "Stop an answer, or go on with it after a reload",
    "Resume and stop answers",
    terms(
        "resum, stop$, stop answer, stop button, stop generat, cancel, reload, reconnect, closed "
        "tab, interrupt, continue answer, regenerat, retry"
    ),
    "Each answer is written by a task of its own and saved while it streams. Stop ends the model "
    "and keeps what was said. With the header `X-ChatKit-Resume: 1` an answer goes on when the "
    "page is left; `threads.follow` shows it again to its end, and `threads.stop` ends it, from "
    "whichever worker. The page does all of this by itself.",
    ("chatkit_runtime/resume.py", "chatkit_page/session.js"),
    code=(
        Code("chatkit_runtime/resume.py", "ThreadsStopReq", "ends an answer"),
        Code("chatkit_runtime/resume.py", "ThreadsFollowReq", "follows one that is being written"),
    ),
    settings=(
        Setting("SAVE_RETRY_SECONDS", "how long saving is tried again in an outage", "30"),
        Setting("KEEPALIVE_SECONDS", "a comment into silent streams, for impatient proxies", "15"),
    ),
    test=(
        Command(
            "chatkit-agent verify . --select CK512,CK513,CK514",
            "Stop keeps what was said, Retry repeats nothing, outages are told.",
        ),
    ),
    also=("OpenAI's component stops by closing the stream; that needs nothing.",),
)
ADDRESS = Playbook(
    "address",
    "Serve the chat at another path",
    "Change the path of the chat",
    terms(
        "change path, path chat, another path, other path, change url$, another url$, different "
        "url$, url$ chat, change route, another route, route prefix, path prefix, change address, "
        "api chat$, instead chatkit, page path, move page"
    ),
    "The route is an argument of the router, and the page, the tests and the documents name it "
    "too: `update` changes all of them at once.",
    ("services/chatkit_server.py",),
    ("chat_needed", "page"),
    do=(
        Command(
            "chatkit-agent update . --path /api/chat --page-path /assistant",
            "Shows what changes, and asks. Either may stand alone.",
        ),
    ),
    test=(VERIFY,),
    also=("A front end of your own, and a proxy in front of it, name the path as well.",),
)
OBSERVING = Playbook(
    "observing",
    "See what the chat does in production",
    "Log, trace and measure the chat",
    terms(
        "log$, logs$, logging, monitor, observab, metric, telemetry, opentelemetry, otel, tracing, "
        "trace, span, datadog, sentry, prometheus, grafana, audit, token usage, count tokens"
    ),
    "The log has one line for each turn: `chat turn` and JSON with its outcome, milliseconds, "
    "tools, tokens and the request's id, and of the person only a hash. What people write is "
    "never logged. Health says whether it is ready. `telemetry` adds OpenTelemetry spans of each "
    "turn, each call of the model and each tool.",
    ("chatkit_runtime/turn_report.py",),
    ("chat", "feature"),
    (
        Sample("where the application starts", "python", LOGGED, "where nothing shows these lines"),
        Code("chatkit_runtime/turn_report.py", "TurnReport.write", "what a line has"),
    ),
    settings=(Setting("TRACING", "upload traces of conversations to OpenAI", "false"),),
    do=(Command("chatkit-agent update . --with telemetry", "In a chat that is there."),),
    test=(
        Command("curl {address}{path}/health", "200 when it is ready, 503 with what is missing."),
        VERIFY,
    ),
    also=("What a log says is wrong: pipe it into `chatkit-agent doctor . --log -`.",),
)
LIMITS = Playbook(
    "limits",
    "Limit what one person may use",
    "Limit what people may use",
    terms(
        "rate limit, ratelimit, limit user, limit people, limit message, limit cost, limit token, "
        "limit usage, quota, throttl, abuse, flood, budget, too expensive, max tokens, concurren"
    ),
    "Each answer has limits: how long it may get, how often the model may think, how much it is "
    "sent, how many a person may have written at once. Who is over one is told so. How many in an "
    "hour is not counted: that is your application's rate limit, or your proxy's, in front of "
    "`POST {path}`, and the page tells a 429 as one.",
    ("services/chat_settings.py", "chatkit_runtime/settings.py"),
    settings=(
        Setting("TURNS_PER_USER", "answers that one person may have written at once", "5"),
        Setting("TURNS_PER_PROCESS", "answers that one process writes at once", "300"),
        Setting("MAX_TURNS", "how often the model may think for one answer", "10"),
        Setting("MAX_OUTPUT_TOKENS", "how long one answer may get", "2000"),
        Setting("HISTORY_ITEMS", "how many of the latest items the model is sent", "20"),
    ),
    test=(VERIFY,),
    also=("What each turn used is in its line of the log: `tokens`.",),
)
OPERATIONS = (FRONT_END, ADDRESS, DEPLOYMENT, OBSERVING, LIMITS, UPGRADE, REMOVAL, RESUME)
