"""Only 401 and 403 are a refusal."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chatkit_agent.checks.rules.identity.unauthenticated_refused import unauthenticated_refused
from chatkit_agent.evidence.run import Attempt, Boot, Reply, Run


def met(evidence: Run, reply: Reply) -> Run:
    return replace(evidence, unauthenticated=(Attempt("a token of garbage", reply),))


def test_quiet(healthy: Run) -> None:
    assert not list(unauthenticated_refused(healthy))


def test_let_in(healthy: Run) -> None:
    (finding,) = unauthenticated_refused(met(healthy, Reply(200, '{"data": []}')))
    assert finding.what == "Somebody with a token of garbage was let in."


@pytest.mark.parametrize("status", [None, 404, 500])
def test_neither_let_in_nor_refused(healthy: Run, status: int | None) -> None:
    (finding,) = unauthenticated_refused(met(healthy, Reply(status, error="cut")))
    assert finding.severity == "error"


@pytest.mark.parametrize(
    ("detail", "severity"),
    [
        ([{"type": "missing", "loc": ["header", "authorization"]}], "warning"),
        ([{"type": "missing", "loc": ["cookie", "sid"]}], "warning"),
        ([{"type": "missing", "loc": ["body", "type"]}], "error"),
        ([], "error"),
        ("no", "error"),
    ],
)
def test_a_header_that_has_to_be_there_refuses_as_well(
    healthy: Run, detail: object, severity: str
) -> None:
    told = json.dumps({"detail": detail})
    (finding,) = unauthenticated_refused(met(healthy, Reply(422, told)))
    assert finding.severity == severity


@pytest.mark.parametrize("status", [500, 503])
def test_the_applications_own_sign_in_may_lack_what_it_asks(healthy: Run, status: int) -> None:
    own = replace(met(healthy, Reply(status, "oops")), auth="existing", sign_in="get_current_user")
    (finding,) = unauthenticated_refused(own)
    assert finding.severity == "inconclusive"
    assert "get_current_user" in finding.fix


RAISED = """\
Traceback (most recent call last):
  File "/venv/fastapi/routing.py", line 300, in app
  File "routers/auth.py", line 61, in get_current_user
  File "routers/auth.py", line 96, in refusal
TypeError: HTTPException.__init__() got an unexpected keyword argument 'header'
"""


def test_what_the_applications_own_sign_in_raises_is_named(healthy: Run) -> None:
    own = replace(met(healthy, Reply(500, "oops")), auth="existing", sign_in="get_current_user")
    (finding,) = unauthenticated_refused(replace(own, log=RAISED))
    assert finding.severity == "inconclusive"
    assert "unexpected keyword argument 'header' (`routers/auth.py:96`)" in finding.evidence
    (other,) = unauthenticated_refused(replace(own, log=RAISED.replace("get_current", "find")))
    assert "TypeError" not in other.evidence


def test_mounted_alone_the_applications_own_sign_in_is_not_there(healthy: Run) -> None:
    alone = replace(
        healthy, auth="existing", mounting="alone", alone=Boot(None), unauthenticated=None
    )
    (finding,) = unauthenticated_refused(alone)
    assert finding.severity == "inconclusive"


def test_without_sign_in_it_is_told(healthy: Run) -> None:
    (finding,) = unauthenticated_refused(replace(healthy, auth="none"))
    assert finding.severity == "info"


def test_unseen(dead: Run) -> None:
    (finding,) = unauthenticated_refused(dead)
    assert finding.severity == "inconclusive"
