"""Files of the project, as a model may list, read and search them: inside only, without secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from chatkit_agent.errors import BadOption, Refused
from chatkit_agent.frontends.assistant.configuration import CODE
from chatkit_agent.frontends.assistant.masking import SKIPPED, shown_of

MOST_FILES, MOST_LINES, MOST_FOUND = 400, 400, 60
MOST_BYTES = 400_000
CLOSED_FOLDERS = {
    ".aws",
    ".ssh",
    ".gnupg",
    ".kube",
    ".docker",
    ".azure",
    ".gcloud",
    ".password-store",
    "secrets",
    ".secrets",
}
CLOSED = re.compile(
    r"(?:.*\.(?:pem|key|p12|pfx|p8|jks|keystore|kdbx?|der|ppk|asc|gpg|ovpn|tfstate(?:\.backup)?)"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)(?:[-_.].*)?(?<!\.pub)"
    r"|[._]?(?:netrc|pgpass|npmrc|yarnrc|pypirc|htpasswd|git-credentials|dockercfg|s3cfg|boto"
    r"|vault-token|my\.cnf|authinfo|kube-?config)(?:\.(?:conf|ya?ml))?|pgpass\.conf"
    r"|(?:.*[-_.])?(?:credentials?|secrets?|passwords?|passwd|htpasswd|tokens?|api[-_]?keys?)(?:[-_.](?!py$|pyi$|js$|tsx?$|md$|html$|sql$).*)?"
    r"|(?:.*[-_.])?service[-_]?account.*\.json|client[-_]?secrets?.*|.*firebase.*adminsdk.*\.json"
    r"|.*\.tfvars(?:\.json)?)",
    re.IGNORECASE,
)


class ProjectFiles:
    """What is under `root`; links that lead out of it are outside of it."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def list(self, path: str = ".") -> dict[str, object]:
        """The files below a folder."""
        folder = self._inside(path)
        if not folder.is_dir():
            raise BadOption(f"`{path}` is not a folder. Give one, such as `.`.")
        found = sorted(self._path_below(each) for each in self._walk(folder))
        return {"files": found[:MOST_FILES], "left_out": max(len(found) - MOST_FILES, 0)}

    def read(self, path: str, first_line: int = 1, lines: int = MOST_LINES) -> dict[str, object]:
        """Lines of one file, with how many it has."""
        text = self._text(self._inside(path), path).splitlines()
        first = max(first_line, 1)
        part = text[first - 1 : first - 1 + min(max(lines, 1), MOST_LINES)]
        return {
            "path": path,
            "first_line": first,
            "lines_in_file": len(text),
            "text": "\n".join(part),
        }

    def search(self, text: str, path: str = ".") -> dict[str, object]:
        """The lines that hold a text, whatever its case."""
        if not text.strip():
            raise BadOption("Give a text to search for.")
        found: list[str] = []
        for file in sorted(self._walk(self._inside(path))):
            if len(found) > MOST_FOUND:
                break
            found += self._lines_with(text.lower(), file)
        return {"found": found[:MOST_FOUND], "more": len(found) > MOST_FOUND}

    def _lines_with(self, text: str, file: Path) -> Iterator[str]:
        try:
            whole = self._whole(file, self._path_below(file))
        except (BadOption, Refused, OSError):
            return
        # Hiding takes its time, and most files do not hold the text at all.
        lines = shown_of(file, whole).splitlines() if text in whole.lower() else []
        for number, line in enumerate(lines, 1):
            if text in line.lower():
                yield f"{self._path_below(file)}:{number}: {line.strip()[:300]}"

    def _inside(self, path: str) -> Path:
        """Where a path really is.

        Raises:
            Refused: outside of the project, or in what is not to be read.
        """
        try:
            found = (self.root / path).resolve()
            found.exists()
        except (OSError, ValueError, RuntimeError) as error:
            raise BadOption("That is no path. Give one such as `app/main.py`.") from error
        if not found.is_relative_to(self.root):
            raise Refused(
                f"`{path[:200]}` is outside of the project. Only files inside of it are read."
            )
        # Some file systems take `.GIT` for `.git`.
        if _folders(found.relative_to(self.root)) & SKIPPED:
            raise Refused(f"`{path[:200]}` is not part of the project's source, so it is not read.")
        return found

    def _walk(self, folder: Path) -> Iterator[Path]:
        for above, inner, names in os.walk(folder):
            inner[:] = [each for each in inner if each not in SKIPPED and not each.startswith(".")]
            for name in names:
                path = Path(above, name)
                if path.is_file() and not path.is_symlink():
                    yield path

    def _path_below(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _text(self, file: Path, path: str) -> str:
        return shown_of(file, self._whole(file, path))

    def _whole(self, file: Path, path: str) -> str:
        if not file.is_file():
            raise BadOption(f"There is no file `{path[:200]}`. See list_files.")
        folders = _folders(file.relative_to(self.root).parent)
        is_closed = bool(CLOSED_FOLDERS & folders) and not CODE.fullmatch(file.name)
        if is_closed or CLOSED.fullmatch(file.name):
            raise Refused(f"`{path[:200]}` holds keys or credentials by its name; it is not read.")
        if file.stat().st_size > MOST_BYTES:
            raise BadOption(f"`{path[:200]}` is larger than {MOST_BYTES} bytes. Search it instead.")
        content = file.read_bytes()
        if b"\0" in content[:8000] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise BadOption(f"`{path[:200]}` is not a text.")
        encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
        return content.decode(encoding, "replace")


def _folders(path: Path) -> set[str]:
    return {each.casefold() for each in path.parts}
