"""Faults of the page that shows the chat, and of who the caller is, in spellings that hide them."""

from __future__ import annotations

from fault import Fault, changed

PAGE, SIGNIN, MAIN = "web/index.html", "notes/signin.py", "notes/main.py"
CDN = "https://cdn.platform.openai.com/deployments/chatkit/chatkit.js"
SCRIPT = f'<script src="{CDN}" async></script>'
ELSEWHERE = '"http://localhost:9999/chatkit"'
HEADERS = """        fetch(url, {
          ...init,
          headers: { ...init.headers, Authorization: `Bearer ${localStorage.token}` },
        }),"""
STREAMS = "        proxy_buffering off;"
POLICY = "default-src 'self'; connect-src 'self'"
INCLUDED = "app.include_router("
DECODED = """        claims = jwt.decode(
            token,
            get_settings().jwt_secret.get_secret_value(),
            algorithms=["HS256"],
            options={"require": ["exp", "sub"]},
        )"""
CALLER = 'return Caller(claims["sub"], token)'
STRICT = "async def get_caller("


def page(name: str, check: str, old: str, new: str, file: str = PAGE) -> Fault:
    return Fault(name, "handmade", (check,), (changed(file, old, new),))


FRONT_END = (
    page("the page loads no script of the element", "page_loads_element", SCRIPT, ""),
    page("the page asks at another path", "page_asks_chat", '"/chatkit"', '"/api/chat"'),
    page(
        "the page asks at another port",
        "page_asks_chat",
        '"/chatkit"',
        ELSEWHERE,
    ),
    page(
        "the page asks without the token", "page_sends_token", HEADERS, "        fetch(url, init),"
    ),
    page(
        "the page's token is in the address",
        "token_out_of_address",
        "        fetch(url, {",
        "        fetch(`${url}?access_token=${localStorage.token}`, {",
    ),
    page(
        "a policy of nginx refuses the element",
        "policy_allows_chat",
        STREAMS,
        f'{STREAMS}\n        add_header Content-Security-Policy "{POLICY}";',
        "nginx.conf",
    ),
    page(
        "a policy of the page refuses the element",
        "policy_allows_chat",
        "<title>",
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>',
    ),
    Fault(
        "the token is taken apart by hand",
        "handmade",
        ("caller_verified",),
        (
            changed(SIGNIN, "import jwt\n", "import base64\nimport json\n\nimport jwt\n"),
            changed(
                SIGNIN,
                DECODED,
                '        middle = token.split(".")[1]\n'
                '        claims = json.loads(base64.urlsafe_b64decode(middle + "=="))',
            ),
        ),
    ),
    Fault(
        "the token is not verified, by a constant",
        "handmade",
        ("caller_verified",),
        (
            changed(SIGNIN, STRICT, f"HOW = dict(verify_signature=False)\n\n\n{STRICT}"),
            changed(SIGNIN, '{"require": ["exp", "sub"]}', '{"require": ["exp", "sub"], **HOW}'),
        ),
    ),
    Fault(
        "the caller is a header's, by a helper of a helper",
        "handmade",
        ("caller_verified",),
        (
            changed(
                SIGNIN,
                STRICT,
                'def _sent(request, name="X-User-ID"):\n    return request.headers.get(name)\n\n\n'
                f"def _named(request):\n    return _sent(request) or None\n\n\n{STRICT}",
            ),
            changed(SIGNIN, CALLER, 'return Caller(_named(request) or claims["sub"], token)'),
        ),
    ),
    Fault(
        "whoever signs in is one constant user",
        "handmade",
        ("users_told_apart",),
        (
            changed(SIGNIN, STRICT, f'EVERYBODY = "notes"\n\n\n{STRICT}'),
            changed(SIGNIN, CALLER, "return Caller(user_id=EVERYBODY, token=token)"),
        ),
    ),
)
