"""A token in an address is found in every spelling; other parameters are none."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.tokens.token_out_of_address import token_out_of_address
from tests.checks.rules.conftest import Findings

PAGE = """\
<openai-chatkit></openai-chatkit>
<script>
const address = `/chatkit?access_token=${token}`;
const asked = (url, init) => {
  const where = new URL(url, location.href);
  where.searchParams.set("token", token);
  return fetch(where, init);
};
chat.setOptions({ api: { domainKey: KEY, {members} } });
</script>
"""


@pytest.mark.parametrize(
    ("members", "is_found"),
    [
        ("url: `/chatkit?token=${token}`", True),
        ("url: `/chatkit?lang=en&jwt=${await jwt()}`", True),
        ('url: "/chatkit?access_token=" + token', True),
        ('url: "/chatkit?auth={{ token }}"', True),
        ("url: address", True),
        ("url: '/chatkit', fetch: asked", True),
        ("url: '/chatkit', fetch: (u, i) => fetch(`${u}?token=${t}`, i)", True),
        (
            "url: '/chatkit', fetch: (u, i) => fetch(u + '?' + new URLSearchParams({ token }), i)",
            True,
        ),
        ("url: '/chatkit'", False),
        ("url: `/chatkit?lang=${lang}`", False),
        ("url: `/chatkit?tokens=${most}`", False),
        ("url: '/chatkit' /* ?token=${token} */", False),
        (
            "url: '/chatkit', fetch: (u, i) => fetch(u, { headers: { Authorization: token } })",
            False,
        ),
        (
            "url: '/chatkit', fetch: (u, i) => { i.headers.set('token', t); return fetch(u, i); }",
            False,
        ),
    ],
)
def test_addresses(findings: Findings, members: str, is_found: bool) -> None:
    found = findings(token_out_of_address, {"web/a.html": PAGE.replace("{members}", members)})
    assert [each.where for each in found] == ["web/a.html:9"] * is_found


def test_other_pages_are_left_alone(findings: Findings) -> None:
    page = "fetch(`/files?token=${token}`)"
    assert not findings(token_out_of_address, {"web/files.js": page})
