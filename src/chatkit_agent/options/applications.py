"""Applications: the one that is meant, of those that the project has."""

from __future__ import annotations

from chatkit_agent.errors import NoApplication, SeveralApplications
from chatkit_agent.project.facts import App
from chatkit_agent.project.read import Project


def application(project: Project, ref: str | None) -> App:
    known = [each for each in (project.app, *project.candidates) if each]
    if ref is not None:
        named = [each for each in known if each.ref == ref]
        if not named:
            raise NoApplication(f"No FastAPI application `{ref}` was found. {_listed(known)}")
        return named[0]
    if project.app is not None:
        return project.app
    if known:
        are_told_apart = len({each.ref for each in known}) == len(known)
        how = "Choose one with --app" if are_told_apart else "Give the folder of the one you mean"
        raise SeveralApplications(
            f"Several FastAPI applications were found. {how}: {_listed(known)}"
        )
    raise NoApplication(f"{NoApplication.__doc__} Searched: `{project.root}`.")


def _listed(candidates: list[App]) -> str:
    return "; ".join(
        f"`{each.ref}`{f' in `{each.directory}`' if each.directory else ''} "
        f"({', '.join(each.reasons) or each.file})"
        for each in candidates
    )
