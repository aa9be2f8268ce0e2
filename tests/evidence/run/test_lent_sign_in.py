"""What an identity provider of the sandbox says, and which tokens it makes believable."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import jwt
import pytest

from chatkit_agent.evidence.run.lent_sign_in import lend_sign_in
from chatkit_agent.project.read import Project, read_project

PROJECTS = Path(__file__).parents[2] / "projects"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return read_project(Path(shutil.copytree(PROJECTS / "remote_keys", tmp_path / "parcels")))


@pytest.mark.parametrize("written", [None, "https://id.example.com/realms/x"])
def test_keys_are_served_where_the_variable_leads(project: Project, written: str | None) -> None:
    if written:
        (project.root / ".env").write_text(f"SSO_URL={written}\n")
        project = read_project(project.root)
    with lend_sign_in(project.tokens, project, {}) as lent:
        url = lent.variables["SSO_URL"]
        (key,) = httpx.get(f"{url}/api/auth/jwks").json()["keys"]
        found = httpx.get(f"{url}/.well-known/openid-configuration").json()
        assert lent.signer is not None
        claims = jwt.decode(lent.signer.token("ada"), jwt.PyJWK(key).key, algorithms=["RS256"])
    assert claims["sub"] == "ada"
    assert url.endswith("/realms/x") == bool(written)
    assert found == {"issuer": url, "jwks_uri": f"{url}/jwks"}
    assert lent.servers
    assert url.startswith(lent.servers)


def test_what_is_not_on_the_web_is_not_lent(project: Project) -> None:
    with lend_sign_in(project.tokens, project, {"SSO_URL": "id.example.com"}) as lent:
        assert (lent.signer, lent.variables) == (None, {})
