"""Applications: the one that is meant, of those that the project has."""

from __future__ import annotations

from chatkit_agent.errors import NoApplication, SeveralApplications
from chatkit_agent.project.facts import App
from chatkit_agent.project.read import Project

MOST_NAMED = 3


def application(project: Project, ref: str | None) -> App:
    known = [each for each in (project.app, *project.candidates) if each]
    if ref is not None:
        named = [each for each in known if each.ref == ref]
        if not named:
            raise NoApplication(f"No FastAPI application `{ref}` was found. {_choices(known)}")
        return named[0]
    if project.app is not None:
        return project.app
    if known:
        are_told_apart = len({each.ref for each in known}) == len(known)
        how = "Choose one with --app" if are_told_apart else "Give the folder of the one you mean"
        raise SeveralApplications(
            f"Several FastAPI applications were found. {how}: {_choices(known)}"
        )
    if project.unnamed:
        raise NoApplication(
            "No FastAPI application was found that a server can name: "
            f"{'; '.join(project.unnamed[:MOST_NAMED])}. Bind it at the top of a module, such as "
            "`app = create_app(settings)`, or write a function without parameters that returns "
            "it, and name that with --app MODULE:NAME."
        )
    unread = "; ".join(project.unreadable[:MOST_NAMED])
    raise NoApplication(
        f"{NoApplication.__doc__} Searched: `{project.root}`."
        f"{f' Not read: {unread}.' if unread else ''}"
    )


def _choices(candidates: list[App]) -> str:
    return "; ".join(
        f"`{each.ref}`{f' in `{each.directory}`' if each.directory else ''} "
        f"({', '.join(each.reasons) or each.file})"
        for each in candidates
    )
