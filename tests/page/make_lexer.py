"""Writes the page's Markdown lexer: `make_lexer.py FOLDER > marked.js`.

FOLDER is the npm package `marked` as it is published. Its source map holds its sources, of which
esbuild (through `npx`) takes the lexer and what that needs, for GitHub's Markdown: without the
renderer to HTML, other dialects and extensions.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ESBUILD = "esbuild@0.28.2"
OPTIONS = ["--bundle", "--minify", "--format=esm", "--target=es2023"]
# The options as the page has them, and what then is never read.
FIXED = {
    r"this\.options\.gfm": "true",
    r"this\.options\.(pedantic|breaks|silent)": "false",
    r"this\.options\.(extensions|hooks)": "undefined",
    r"^  (pedantic|breaks): \w+,\n": "",
    r"rules\.(block|inline) = \w+\.(pedantic|breaks);": "",
    r"^const (blockPedantic|inlinePedantic|inlineBreaks)\b[^;]*=.*?^\};\n": "",
    r"^  static get rules\(\) \{.*?^  \}\n": "",
}


def main() -> None:
    library = Path(sys.argv[1]) / "lib" / "marked.esm.js"
    banner = library.read_text().partition("*/")[0] + "*/\n"
    sources = json.loads(Path(f"{library}.map").read_text())
    with tempfile.TemporaryDirectory() as folder:
        for name, text in zip(sources["sources"], sources["sourcesContent"], strict=True):
            (Path(folder) / Path(name).name).write_text(fixed(text))
        entry = Path(folder) / "entry.ts"
        entry.write_text('export { _Lexer as Lexer } from "./Lexer.ts";\n')
        command = ["npx", "--yes", ESBUILD, str(entry), *OPTIONS]
        print(banner + subprocess.check_output(command, text=True), end="")


def fixed(text: str) -> str:
    for pattern, value in FIXED.items():
        text = re.sub(pattern, value, text, flags=re.MULTILINE | re.DOTALL)
    return text


if __name__ == "__main__":
    main()
