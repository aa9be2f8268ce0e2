"""A boot that fails is an error where it worked before, and told as it is where it did not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chatkit_agent.checks.rules.deployment.app_boots import app_boots
from chatkit_agent.evidence.run import Boot, Run
from chatkit_agent.sandbox.isolation import Attempt

ERROR = "when it was imported (`app/main.py:3`): KeyError: 'DATABASE'"


def test_quiet(healthy: Run) -> None:
    assert not list(app_boots(healthy))


def test_it_booted_before(dead: Run) -> None:
    (finding,) = app_boots(dead)
    assert finding.severity == "error"
    assert "no longer" in finding.what
    assert "ImportError" in finding.evidence


def test_it_did_not_boot_before_either(healthy: Run) -> None:
    (finding,) = app_boots(replace(healthy, before=Boot(error=ERROR), after=Boot(error=ERROR)))
    assert finding.severity == "inconclusive"
    assert "mounted alone" in finding.what
    assert "KeyError: 'DATABASE'" in finding.evidence


def test_it_is_unknown_whether_it_booted_before(healthy: Run) -> None:
    (finding,) = app_boots(replace(healthy, before=None, after=Boot(error=ERROR)))
    assert finding.severity == "inconclusive"


@pytest.mark.parametrize(
    ("error", "way_on"),
    [
        ("RuntimeError: Directory 'client/dist' does not exist", "`npm run build`"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'web/index.html'", "front end"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'data/model.bin'", "Make it"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'alembic'", "The program"),
        ("FileNotFoundError: a file of no name", "--env-file"),
        ("ModuleNotFoundError: No module named 'jose.jwt'", "`jose.jwt` is not installed in "),
        ("ModuleNotFoundError: No module named 'pkg_resources'", "Add `setuptools<81`"),
        ("ImportError: No backend found, please install 'authlib'", "what the error names"),
        ("File 'a.py', line 2\nSyntaxError: invalid syntax", "does not read it"),
    ],
)
def test_what_is_missing_is_named(healthy: Run, error: str, way_on: str) -> None:
    boot = Boot(error=f"when it was started: {error}")
    (finding,) = app_boots(replace(healthy, before=boot, after=boot))
    assert way_on in finding.fix


@pytest.mark.parametrize(
    ("error", "address"),
    [
        ("ConnectionError: Error -3 connecting to chat-redis:6379. -3.", "chat-redis:6379"),
        ("gaierror: [Errno -3] Temporary failure in name resolution", "HOST:PORT"),
    ],
)
def test_a_host_is_named_and_not_who_would_look_it_up(
    healthy: Run, error: str, address: str
) -> None:
    boot = Boot(error=f"when it was started: {error}")
    attempts = (Attempt("connect", "10.0.0.53:53", "python", times=4),)
    isolation = replace(healthy.isolation, attempts=attempts)
    (finding,) = app_boots(replace(healthy, before=boot, after=boot, isolation=isolation))
    assert f"--own-services {address}," in finding.fix
    assert "10.0.0.53" not in finding.fix


@pytest.mark.parametrize(
    ("error", "is_of_lent"),
    [
        ('FeatureNotSupportedError: extension "pgcrypto" is not available', True),
        ("InsufficientPrivilege: permission denied to create event trigger", True),
        ("InsufficientPrivilege: permission denied for table item", False),
    ],
)
def test_what_the_lent_database_has_not_is_no_fault_of_the_application(
    healthy: Run, error: str, is_of_lent: bool
) -> None:
    boot = Boot(error=f"when it was started: {error}")
    isolation = replace(healthy.isolation, lent=("DATABASE_URL",))
    (finding,) = app_boots(replace(healthy, before=boot, after=boot, isolation=isolation))
    assert ("--own-services DATABASE_URL" in finding.fix) is is_of_lent


def test_what_the_lent_redis_refuses_is_no_fault_of_the_application(healthy: Run) -> None:
    refused = "NoPermissionError: User default has no permissions to run the 'config|set' command"
    boot = Boot(error=f"when it was started: {refused}")
    isolation = replace(healthy.isolation, lent=("DATABASE_URL",), lent_redis=("REDIS_URL",))
    (finding,) = app_boots(replace(healthy, before=boot, after=boot, isolation=isolation))
    assert "The sandbox's Redis refuses" in finding.fix
    assert "--own-services REDIS_URL." in finding.fix


@pytest.mark.parametrize(
    ("kind", "why"), [("MongoDB", "No MongoDB is lent"), ("Redis", "A Redis is lent where")]
)
def test_why_a_service_is_not_lent(kind: str, why: str, healthy: Run) -> None:
    boot = Boot(error="when it was started: it is away")
    tried = (Attempt("connect", "db:1", "main.py:1", "STORE_URL", kind),)
    isolation = replace(healthy.isolation, attempts=tried)
    (finding,) = app_boots(replace(healthy, before=boot, after=boot, isolation=isolation))
    assert why in finding.fix
    assert "--own-services STORE_URL" in finding.fix
