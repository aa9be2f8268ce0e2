"""Who asks: those whose tokens are made here, and those who signed in with the application."""

from __future__ import annotations

from chatkit_agent.development.people import People, fingerprint
from chatkit_agent.evidence.run.signing import Signer


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
