"""What a model, a tool or another person writes cannot act: no script, no style, no fetch."""

from __future__ import annotations

import pytest

from chatkit_agent.sandbox.model import OfflineModel

from .browsing import Open

MARKDOWN = {
    "script": "<script>globalThis.broken = 1</script>",
    "handler": '<img src=x onerror="globalThis.broken = 1">',
    "svg": '<svg onload="globalThis.broken = 1"><a xlink:href="javascript:1">x</a></svg>',
    "frame": '<iframe srcdoc="<script>parent.broken = 1</script>"></iframe>',
    "style": "<style>* { display: none }</style>",
    "form": '<form action="https://evil.example"><input name="password"></form>',
    "javascript link": "[x](javascript:globalThis.broken=1)",
    "encoded link": "[x](&#106;avascript:globalThis.broken=1)",
    "spaced link": "[x](<java\tscript:globalThis.broken=1>)",
    "data link": "[x](data:text/html,<script>globalThis.broken=1</script>)",
    "vbscript link": "[x](vbscript:1)",
    "file link": "[x](file:///etc/passwd)",
    "reference": "[x][1]\n\n[1]: javascript:globalThis.broken=1",
    "autolink": "<javascript:globalThis.broken=1>",
    "remote image": "![x](https://tracker.example/pixel.png)",
    "image of no protocol": "![x](//tracker.example/pixel.png)",
    "remote image in a link": "[![x](https://tracker.example/a.png)](https://fine.example)",
    "vector image": "![x](data:image/svg+xml;base64,PHN2Zy8+)",
    "title": '[x](https://fine.example "a\\" onmouseover=globalThis.broken=1")',
    "language": '```x" onmouseover="globalThis.broken=1\ncode\n```',
    "markup in code": "`<script>globalThis.broken = 1</script>`",
    "nested": "[![x](javascript:1)](javascript:globalThis.broken=1)",
    "private marks": "\ue0000\ue001\ue00099\ue001",
}
SAFE_LINK = "(one) => /^(https?:|mailto:|tel:)/.test(one.href) && one.rel.includes('noopener')"


def test_what_is_hostile_stays_text(visit: Open, configured: OfflineModel) -> None:
    chat = visit()
    configured.script(list(MARKDOWN.values()))
    for name in MARKDOWN:
        chat.say(name)
    assert chat.page.evaluate("globalThis.broken") is None
    message = chat.find(".assistant_message")
    forbidden = (
        "script, iframe, style, form, object, embed, svg a, img[src^=http], [onerror], [style]"
    )
    assert message.locator(forbidden).count() == 0
    for link in message.locator("a").all():
        assert link.evaluate(SAFE_LINK), link.evaluate("(one) => one.outerHTML")
    handlers = "(one) => [...one.attributes].some(({ name }) => name.startsWith('on'))"
    assert not any(one.evaluate(handlers) for one in message.locator("*").all())


def test_names_of_people_and_threads_are_text(visit: Open) -> None:
    chat = visit()
    name = "<b onclick=alert(1)>bold</b>"
    chat.say("Hello")
    chat.find(".entry").hover()
    chat.button("Rename: Hello").click()
    chat.find(".rename input").fill(name)
    chat.page.keyboard.press("Enter")
    chat.find(".title").get_by_text(name).wait_for()
    chat.find(".entry-title").get_by_text(name, exact=True).wait_for()


def test_images_come_from_where_the_thread_allows(visit: Open) -> None:
    chat = visit(expects_violations=True)
    chat.page.route("https://cdn.near.example/**", lambda route: route.abort())
    chat.say("show images")
    panel = chat.page.locator("chatkit-panel")
    panel.get_by_role("link", name="far").wait_for()
    # The page's own is fetched; here it is empty, so that its name is shown.
    panel.get_by_role("link", name="own").wait_for()
    assert not any("far.example" in url for url in chat.requests)
    # The page's own policy forbids the one that the thread allows, and it becomes a link.
    panel.get_by_role("link", name="near").wait_for()
    chat.requests[:] = [url for url in chat.requests if "near.example" not in url]


def test_nothing_is_kept_in_the_browser(visit: Open) -> None:
    chat = visit()
    chat.say("Remember nothing")
    kept = chat.page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, document.cookie, "
        "(await indexedDB.databases()).length]"
    )
    assert kept == [0, 0, "", 0]
    html = chat.page.evaluate("panel.shadowRoot.innerHTML")
    assert "eyJ" not in html, "a token is on the page"


@pytest.mark.parametrize("link", ["chatkit-link://open?item=7"])
def test_deep_links_go_to_the_page(visit: Open, configured: OfflineModel, link: str) -> None:
    configured.script([f"[Open it]({link})"])
    chat = visit()
    chat.say("Where?")
    chat.page.get_by_role("link", name="Open it").click()
    assert chat.events("deeplink") == [{"name": "open", "data": {"item": "7"}}]
