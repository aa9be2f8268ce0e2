"""Every exception of the package; each class's docstring is its default message."""

from __future__ import annotations


class ChatKitAgentError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class Refused(ChatKitAgentError):
    """The request was refused and nothing was written."""


class DirtyTree(Refused):
    """The git tree has uncommitted changes. Commit or stash them, or pass --allow-dirty."""


class NoApplication(Refused):
    """No FastAPI application was found. Name it with --app MODULE:ATTR."""


class SeveralApplications(Refused):
    """Several FastAPI applications were found. Choose one with --app MODULE:ATTR."""


class SeveralSignIns(Refused):
    """Several dependencies give the user. Choose one with --current-user MODULE:NAME."""


class PlanOutdated(Refused):
    """The project changed since the plan was made. Plan again."""


class NeedsManualSteps(Refused):
    """Part of the plan has to be done by hand. Do that, then run the command again."""


class NothingToUndo(Refused):
    """No chat was added to this project by `chatkit-agent add`, so there is nothing to undo."""


class UndoConflict(Refused):
    """Your later edits overlap with what was added. Resolve them by hand, then undo again."""


class StillUsed(Refused):
    """Your own code uses what would be taken away. Change that first, or pass --force."""


class CannotLocate(Refused):
    """Files of the chat are not where they were written. Move them back, then try again."""


class NothingToUpdate(Refused):
    """No chat was added to this project yet. `chatkit-agent add` adds one."""


class UpdateConflict(Refused):
    """Your later edits overlap with what this version changes. Resolve that, then update again."""


class CannotWrite(Refused):
    """A file could not be written. Everything was put back as it was."""


class BadOption(ChatKitAgentError):
    """An option has a value that cannot be used."""


class CannotRead(Refused):
    """A file could not be read. Correct it, then run the command again."""


class CannotBoot(ChatKitAgentError):
    """The environment to run the application could not be prepared."""


class PackagesConflict(CannotBoot):
    """The chat's packages do not go together with what is installed."""

    def __init__(self, message: str, what: str) -> None:
        super().__init__(message)
        self.what = what


class Interrupted(ChatKitAgentError):
    """Interrupted. What was written before stays."""


class CannotInstall(ChatKitAgentError):
    """The new dependencies could not be installed. Install them by hand."""


class UnusualFile(ChatKitAgentError):
    """The file is laid out in an unusual way."""


class CannotEdit(ChatKitAgentError):
    """This file cannot be edited safely. Paste the snippet by hand."""

    def __init__(self, reason: str, snippet: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.snippet = snippet
