"""Places: the folder of a project that receives the chat, or has it."""

from __future__ import annotations

from pathlib import PurePosixPath

from chatkit_agent.errors import Refused
from chatkit_agent.options.values import read_page_path
from chatkit_agent.project.facts import App
from chatkit_agent.project.leftovers import Leftovers
from chatkit_agent.project.paths import spelled_alike
from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.tree import Tree

PACKAGES = ("chatkit_store", "chatkit_runtime", "chatkit_page", "services")
PAGE_PATH = "/chat"
# Where the application has a route of that name.
OTHER_PAGE_PATH = "/chatkit/page"
OWN_PACKAGE = "chatkit_backend"
SERVER = "services/chatkit_server.py"
# With a hyphen they are no packages: nobody imports, builds or collects them by accident.
SIDECARS = ("chatkit-sidecar", "chat-sidecar")
SERVICE = "chat"
# What stays of a sidecar that was taken out: nothing of it was written by us.
LEFT_OVER = {".env", ".venv", "uv.lock", ".pytest_cache"}


def home_of_leftovers(left: Leftovers, app: App, mode: str) -> tuple[str, str] | None:
    """The folder in which files of an earlier chat are, and its dotted name, where it fits."""
    if left.home is None or left.options is not None:
        return None
    home = PurePosixPath(left.home)
    if mode == "sidecar":
        return (left.home, SERVICE) if home.parent.name in SIDECARS else None
    folder = PurePosixPath(app.file).parent
    package = app.module if app.file.endswith("__init__.py") else app.module.rpartition(".")[0]
    if home == folder and package:
        return left.home, package
    own = f"{package}.{OWN_PACKAGE}".lstrip(".")
    return (left.home, own) if home == folder / OWN_PACKAGE else None


def home_for(app: App, tree: Tree, mode: str, *, is_here: bool) -> tuple[str, str]:
    """The folder that receives the chat, or has it by somebody's hand, and its dotted name."""
    if mode == "sidecar":
        return _beside(app, tree), SERVICE
    folder = PurePosixPath(app.file).parent
    package = app.module if app.file.endswith("__init__.py") else app.module.rpartition(".")[0]
    places = [(folder, package)] if package else []
    places.append((folder / OWN_PACKAGE, f"{package}.{OWN_PACKAGE}".lstrip(".")))
    for home, name in places:
        if is_here and tree.exists(str(home / SERVER)):
            return str(home), name
        taken = [OWN_PACKAGE] if home.name == OWN_PACKAGE else PACKAGES
        above = home.parent if home.name == OWN_PACKAGE else home
        if not any(_is_taken(tree, str(above / each)) for each in taken):
            return str(home), name
    raise Refused(f"`{folder / OWN_PACKAGE}` is there already. Rename it, then run this again.")


def page_path_for(asked: str | None, tree: Tree) -> str:
    """The route of the page: never one that the application may have."""
    if asked is not None:
        return read_page_path(asked)
    named = Sources(tree).mentioning(rb"""["']/chat(?:/[^"']*)?["']""", b"/chat")
    is_taken = any(not is_side_file(path) for path in named)
    return OTHER_PAGE_PATH if is_taken else PAGE_PATH


def _beside(app: App, tree: Tree) -> str:
    for name in SIDECARS:
        folder = str(PurePosixPath(app.working_directory or ".") / name)
        on_disk = tree.root / folder
        there = {each.name for each in on_disk.iterdir()} if on_disk.is_dir() else set[str]()
        if there <= LEFT_OVER and (there or not tree.is_taken(folder)):
            return f"{folder}/{SERVICE}"
    raise Refused(f"`{folder}` is there already. Rename it, then run this again.")


def _is_taken(tree: Tree, path: str) -> bool:
    """Also by another spelling of the name, as other people's file systems tell no case."""
    if tree.is_taken(path) or tree.is_taken(f"{path}.py"):
        return True
    place = tree.root / path
    there = (each.name for each in place.parent.iterdir()) if place.parent.is_dir() else ()
    return any(spelled_alike(each) in (place.name, f"{place.name}.py") for each in there)
