"""Writes the page's Markdown lexer: `make_lexer.py FOLDER > marked.js`.

FOLDER is the npm package `marked` as it is published. Its source map holds its sources, of which
esbuild and terser (through `npx`) take the lexer and what that needs, for GitHub's Markdown:
without the renderer to HTML, other dialects and extensions.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ESBUILD = "esbuild@0.28.2"
TERSER = "terser@5.51.4"
# Names of our own, and of JavaScript's, that look like the library's inner ones.
KEPT = (
    "blockTokens|codeBlockStyle|inLink|inRawBlock|charAt|charCodeAt|endsWith|fromCodePoint|hasOwn"
    "|indexOf|lastIndex|lastIndexOf|matchAll|parseInt|startsWith|toLowerCase|toUpperCase|trimEnd"
)
BUNDLE = [
    *("--bundle", "--minify-syntax", "--format=esm", "--target=es2023"),
    *("--mangle-props=[a-z][A-Z]", f"--reserve-props=^({KEPT})$"),
]
MINIFY = ["--module", "--ecma", "2020", "--compress", "passes=3", "--mangle"]
FIXED = {
    # The options as the page has them, and what then is never read.
    r"this\.options\.gfm": "true",
    r"this\.options\.(pedantic|breaks|silent)": "false",
    r"this\.options\.(extensions|hooks)": "undefined",
    r"^  (pedantic|breaks): \w+,\n": "",
    r"rules\.(block|inline) = \w+\.(pedantic|breaks);": "",
    r"^const (blockPedantic|inlinePedantic|inlineBreaks)\b[^;]*=.*?^\};\n": "",
    r"^const \w+Pedantic(Core)? =.*?;( //[^\n]*)?\n$": "",
    r"^  static (get rules|lex).*?^  \}\n": "",
    r"this\.tokenizer\.(\w+) === _Tokenizer\.prototype\.\1": "true",
    r"this\.tokenizer\.(\w+) !== _Tokenizer\.prototype\.\1": "false",
    r"this\.options\.tokenizer \|\| ": "",
    r"options \|\| _defaults": "options",
    # Every browser that has `light-dark()` has it.
    r"^const supportsLookbehind = .*?^\}\)\(\);\n": "const supportsLookbehind = true;\n",
    # What GitHub's rules replace.
    r"^  (lheading|paragraph|emStrongLDelim|emStrongRDelimAst),\n": "",
    r"^  (\w+: noopTest|text: inlineText),( //[^\n]*)?\n": "",
    r"^const (lheading|paragraph|emStrongLDelim|emStrongRDelimAst) = \w+\(.*?;\n": "",
    # What is read by the renderer alone.
    r"^  (endingNewline|escape\w+|notSpaceStart|outputLinkReplace|percentDecode|pedantic\w+"
    r"|spaceLine): [^\n]*\n": "",
    r"^  del: /.*?,\n": "",
    # One set of rules is left.
    r"\b(this\.)?(tokenizer\.)?rules\.other\b": "other",
    r"\b(this\.)?(tokenizer\.)?rules\.(block|inline)\b": r"\3Gfm",
    r"^const (block|inline)Gfm\b": r"export const \1Gfm",
    r"^import type \{ Rules \}": "import { blockGfm, inlineGfm, other }",
    r"^import \{ other, block, inline \}": "import { blockGfm, inlineGfm, other }",
    r"^    const rules = \{.*?^    \};\n": "",
    r"^    if \(false\) \{\s*\} else if \(true\) \{.*?^    \}\n": "",
    r"^    this\.tokenizer\.rules = rules;\n": "",
    r"^export const (block|inline) = \{.*?^\};\n": "",
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
        bundle = run(ESBUILD, str(entry), *BUNDLE)
    print(banner + run(TERSER, *MINIFY, given=bundle))


def run(package: str, *arguments: str, given: str = "") -> str:
    command = ["npx", "--yes", package, *arguments]
    return subprocess.run(
        command, input=given, stdout=subprocess.PIPE, check=True, text=True
    ).stdout.strip()


def fixed(text: str) -> str:
    for pattern, value in FIXED.items():
        text = re.sub(pattern, value, text, flags=re.MULTILINE | re.DOTALL)
    return text


if __name__ == "__main__":
    main()
