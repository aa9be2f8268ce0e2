"""What is here, by name and path, never by line number."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from chatkit_agent.errors import BadOption, CannotRead
from chatkit_agent.project.detectors.api_keys import find_api_keys
from chatkit_agent.project.detectors.app import find_app, find_unnamed
from chatkit_agent.project.detectors.auth import find_auth
from chatkit_agent.project.detectors.chat import find_chat
from chatkit_agent.project.detectors.credentials import find_credentials
from chatkit_agent.project.detectors.env_files import find_env_files
from chatkit_agent.project.detectors.global_dependencies import find_global_dependencies
from chatkit_agent.project.detectors.guards import find_guards
from chatkit_agent.project.detectors.hints import find_hints
from chatkit_agent.project.detectors.images import find_images
from chatkit_agent.project.detectors.legacy import find_legacy
from chatkit_agent.project.detectors.lock import find_lock
from chatkit_agent.project.detectors.mcp_servers import find_mcp_servers
from chatkit_agent.project.detectors.middlewares import find_middlewares
from chatkit_agent.project.detectors.packaging import find_packaging
from chatkit_agent.project.detectors.project_name import find_project_name
from chatkit_agent.project.detectors.python import find_python
from chatkit_agent.project.detectors.routes import find_routes
from chatkit_agent.project.detectors.settings import find_settings
from chatkit_agent.project.detectors.shadows import find_shadowed, find_shadows
from chatkit_agent.project.detectors.sign_in_route import with_sign_in_route
from chatkit_agent.project.detectors.tokens import find_tokens
from chatkit_agent.project.detectors.unrecognised import find_unrecognised
from chatkit_agent.project.facts import (
    App,
    Auth,
    Chat,
    EnvFile,
    Image,
    Lock,
    MCPServer,
    Middleware,
    Packaging,
    Python,
    Route,
    SettingsClass,
    Tokens,
)
from chatkit_agent.project.leftovers import Leftovers, find_leftovers
from chatkit_agent.project.locating import delivered_code
from chatkit_agent.project.source.loading import files_of_others
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.text.visible import is_plain, visible
from chatkit_agent.project.tree import Tree

MATTERS = re.compile(
    r"\.(?:py|toml|cfg|ini|ya?ml|env)$|requirements|Pipfile|Dockerfile|(?:^|/)\.env|\\|(?:^|/)[^.]*$"
)
MOST_NAMED = 20


@dataclass(frozen=True)
class Project:
    """What was read of a project. `app` is None where `candidates` are none or several."""

    root: Path
    name: str
    app: App | None
    candidates: tuple[App, ...]
    packaging: Packaging
    python: Python
    settings: tuple[SettingsClass, ...]
    auth: Auth
    env_files: tuple[EnvFile, ...]
    chat: Chat
    unnamed: tuple[str, ...] = ()
    """Applications that no name leads to, where there are no others."""
    lock: Lock | None = None
    tokens: Tokens | None = None
    shadows: tuple[str, ...] = ()
    """Top-level modules or folders that hide the SDKs, such as `agents.py`."""
    shadowed: tuple[str, ...] = ()
    """Folders that the application imports from, and that the SDKs of their names would hide."""
    images: tuple[Image, ...] = ()
    global_dependencies: tuple[str, ...] = ()
    """Dependencies that the application asks of every request."""
    legacy: tuple[str, ...] = ()
    """Where the application's code needs pydantic 1."""
    middlewares: tuple[Middleware, ...] = ()
    """Those that stand in the way of a streamed answer, or of a request."""
    mcp_servers: tuple[MCPServer, ...] = ()
    leftovers: Leftovers = field(default=Leftovers(), compare=False)
    """What `undo` left of an earlier chat; the rest was read as if it were not there."""
    tree: Tree = field(default=Tree(Path()), compare=False, repr=False)
    own: Sources = field(default_factory=lambda: Sources(Tree(Path())), compare=False, repr=False)
    """The files but for those of other applications."""

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Those that read, and may be the assistant's tools; only `inspect` parses files for it."""
        return find_routes(self.own, self.app, self.auth)

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Files that were not read or could not be parsed so far, with the reason."""
        return tuple(f"{visible(file)}: {why}" for file, why in _unread(self.own))

    def settings_of(self, app: App | None) -> tuple[SettingsClass, ...]:
        """The settings classes but for those that stand beside another application."""
        own = app.file.rpartition("/")[0] if app else None
        others = {each.file.rpartition("/")[0] for each in self.candidates} - {"", own}
        return tuple(
            each
            for each in self.settings
            if app is None or each.file.rpartition("/")[0] not in others
        )


def read_project(
    path: Path, *, app: str | None = None, current_user: str | None = None, own_only: bool = False
) -> Project:
    """What is in the folder `path`; nothing of it is imported or run.

    `app` (MODULE:ATTR) decides which application is meant, `current_user` (MODULE:NAME) which of
    its dependencies gives the signed-in user. With `own_only`, the code of a chat that was added
    is told as the chat, and not looked at for what the project has.

    Raises:
        BadOption: `path` is not a folder, `app` or `current_user` is not of that form, or there is
            no such `current_user`.
        NoApplication: there is no such `app`.
        CannotRead: a file is there, but may not be read.
    """
    if not path.is_dir():
        raise BadOption(f"`{path}` is not a folder. Give the folder of your project.")
    if not os.access(path, os.R_OK | os.X_OK):
        raise CannotRead(f"`{path}` may not be read. Make it readable, then run the command again.")
    if not is_plain(str(path.resolve())):
        raise BadOption(
            f"The path of `{visible(str(path))}` is not UTF-8, or has control characters in it. "
            "Rename the folder, then run the command again."
        )
    if app is not None and not all(app.partition(":")):
        raise BadOption(f"`{app}` does not name an application. Write it as `app.main:app`.")
    if current_user is not None and not all(current_user.partition(":")):
        raise BadOption(
            f"--current-user {current_user}: write it as a module and a name, such as "
            "`app.auth:get_current_user`."
        )
    return read_tree(Tree(path.resolve()), app, current_user, own_only)


def read_tree(
    tree: Tree, app: str | None = None, current_user: str | None = None, own_only: bool = False
) -> Project:
    """What is in these files, as `read_project` says it."""
    try:
        leftovers = find_leftovers(tree)
        delivered = delivered_code(tree) if own_only else ()
        left_out = tree.with_contents(dict.fromkeys((*leftovers.paths, *delivered)))
        project = _project_of(Sources(left_out), app, current_user)
        if delivered:
            chat = find_chat(Sources(tree), project.app, project.packaging)
            project = replace(project, chat=chat)
        return replace(project, leftovers=leftovers, tree=left_out)
    except OSError as error:
        why = f"`{error.filename}` could not be read: {error.strerror}."
        raise CannotRead(f"{why} Make it readable, then run the command again.") from error


def _project_of(sources: Sources, app: str | None, current_user: str | None) -> Project:
    found, candidates = find_app(sources, find_hints(sources), app)
    packaging = find_packaging(sources, found)
    settings = find_settings(sources, found)
    own = sources.without(files_of_others(sources, found, candidates))
    auth = find_credentials(own, find_auth(own, found, current_user), settings)
    auth = find_unrecognised(own, found, auth, settings)
    tokens = find_tokens(own, found, settings, auth)
    if (keyed := find_api_keys(own, found, auth, tokens)) is not auth:
        auth = find_credentials(own, keyed, settings)
    auth, tokens = with_sign_in_route(own, found, auth, tokens)
    return Project(
        root=sources.tree.root,
        name=find_project_name(sources, found, packaging),
        app=found,
        candidates=candidates,
        unnamed=find_unnamed(sources, candidates),
        packaging=packaging,
        lock=find_lock(sources, packaging),
        python=find_python(sources, found, packaging),
        settings=settings,
        auth=auth,
        env_files=find_env_files(sources, found, settings),
        chat=find_chat(sources, found, packaging),
        tokens=tokens,
        shadows=find_shadows(sources, found, packaging),
        shadowed=find_shadowed(sources, found, packaging),
        images=find_images(sources, found, packaging),
        global_dependencies=find_global_dependencies(sources, found),
        legacy=find_legacy(sources),
        middlewares=(*find_middlewares(own, found, packaging), *find_guards(own, found)),
        mcp_servers=find_mcp_servers(sources, packaging),
        own=own,
    )


def _unread(sources: Sources) -> Iterator[tuple[str, str]]:
    """What could not be parsed, and what was passed over that would have been read otherwise."""
    yield from sorted((file, visible(why)) for file, why in sources.unreadable.items())
    skipped = [each for each in sorted(sources.tree.skipped.items()) if MATTERS.search(each[0])]
    yield from skipped[:MOST_NAMED]
    if len(skipped) > MOST_NAMED:
        yield "and more", f"{len(skipped) - MOST_NAMED:,} other files were passed over"
