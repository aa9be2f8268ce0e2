"""Who asks: those whose tokens are made here, and those who signed in with the application."""

from __future__ import annotations

from pathlib import Path

from chatkit_agent.development.people import People, fingerprint, people_of
from chatkit_agent.evidence.run.signing import Signer
from chatkit_agent.options.options import RequestedOptions, choose
from chatkit_agent.project.read import read_project

PROJECTS = Path(__file__).parents[1] / "projects"


def test_those_who_signed_in_stand_beside_those_who_were_made() -> None:
    people = People("two", signer=Signer("s" * 40))
    people.keep("carol", "a-token-of-carol")
    assert people.names == ("Alice", "Bob", "carol")
    assert people.headers("carol") == {"Authorization": "Bearer a-token-of-carol"}
    assert people.headers("mallory") == {}
    assert people.owner(fingerprint("a-token-of-carol")) == "carol"
    assert people.owner(fingerprint(people.token("Bob"))) == "Bob"


def test_where_the_application_does_not_know_them_people_sign_in() -> None:
    people = People("two", signer=Signer("s" * 40))
    people.are_unknown()
    assert (people.kind, people.names) == ("own", ())
    people.keep("carol", "a-token-of-carol")
    assert people.names == ("carol",)
    assert "a-token-of-carol" not in repr(people)


def test_where_nobody_signs_in_the_application_is_told_so() -> None:
    """Its chat answers nobody until it is told that this is meant."""
    project = read_project(PROJECTS / "flat_file")
    options = choose(project, RequestedOptions(auth="none"))
    name = f"{options.env_prefix}AUTH"
    people = people_of(project, options, {})
    assert (people.kind, people.variables) == ("one", {name: "none"})
    assert people_of(project, options, {name: "jwt"}).variables == {}
