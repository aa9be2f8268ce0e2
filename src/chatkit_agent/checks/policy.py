"""Policy: which checks the owner of a project wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chatkit_agent.checks.check import Check
from chatkit_agent.checks.rules import CHECKS
from chatkit_agent.errors import BadOption
from chatkit_agent.project.source.sources import Sources

TABLE = "[tool.chatkit-agent] in pyproject.toml"
FIELDS = ("select", "ignore")


@dataclass(frozen=True)
class Policy:
    """Codes, beginnings of codes such as `CK2`, or names of checks. Nothing selected means all."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def chooses(self, check: Check[Any]) -> bool:
        is_selected = not self.select or any(covers(each, check) for each in self.select)
        return is_selected and not any(covers(each, check) for each in self.ignore)


def covers(code: str, check: Check[Any]) -> bool:
    return check.code.startswith(code) or check.name == code


def rules_of(codes: Sequence[str]) -> tuple[Check[Any], ...]:
    """All of them without a code, in the order of their codes.

    Raises:
        BadOption: a code that no rule has.
    """
    chosen = Policy(select=_codes("rule", codes))
    return tuple(sorted(filter(chosen.chooses, CHECKS), key=lambda each: each.code))


def policy_of(
    sources: Sources,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Policy:
    """What the options say, and the project's own table; `select` of an option goes first.

    Raises:
        BadOption: a code that no check has.
    """
    table = sources.toml("pyproject.toml").get("tool", {}).get("chatkit-agent", {})
    for name in table if isinstance(table, dict) else ("",):
        if name not in FIELDS:
            raise BadOption(f"{TABLE}: there is no `{name}`; use `select` and `ignore`.")
    return Policy(
        select=_codes("--select", select) or _codes(f"{TABLE}, select", table.get("select", [])),
        ignore=(
            *_codes("--ignore", ignore),
            *_codes(f"{TABLE}, ignore", table.get("ignore", [])),
        ),
    )


def _codes(where: str, given: Sequence[str]) -> tuple[str, ...]:
    """Each code of a list, in which one text may hold several with commas between."""
    if isinstance(given, str) or not all(isinstance(each, str) for each in given):
        raise BadOption(f'{where}: give a list of codes, such as ["CK203"].')
    codes = tuple(part.strip() for each in given for part in each.split(",") if part.strip())
    for code in codes:
        if not any(covers(code, check) for check in CHECKS):
            known = "`chatkit-agent rule` lists them."
            raise BadOption(f"{where}: no rule has the code `{code}`. {known}")
    return codes
