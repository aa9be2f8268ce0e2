"""Writes the page's libraries from npm's packages: `make_libraries.py MARKED HTM FOLDER`.

MARKED and HTM are the packages `marked` and `htm` as they are published. marked's source map holds
its sources, of which esbuild and terser (through `npx`) take the lexer and what that needs, for
GitHub's Markdown: without the renderer to HTML, other dialects and extensions. Of htm's `preact`
they take what the page imports.
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
BUNDLE = ["--bundle", "--minify-syntax", "--format=esm", "--target=es2023"]
MANGLED = ["--mangle-props=[a-z][A-Z]", f"--reserve-props=^({KEPT})$"]
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


# What the library puts together each time when it is loaded is put together here.
RULES = """import { blockGfm, inlineGfm } from "./rules.ts";
for (const [name, rules] of Object.entries({ blockGfm, inlineGfm })) {
  const lines = Object.entries(rules).map(([key, rule]) => `${key}: ${rule},\\n`);
  console.log(`export const ${name} = {\\n${lines.join("")}};`);
}
"""
PARTS = (
    r"^function cachedIndentRegex.*?^\}\n",
    r"^const _tag =.*?;\n",
    r"^export const other = .*?^\};\n",
)


HOOKS = "useContext, useEffect, useLayoutEffect, useRef, useState"
PREACT = f'export {{ Component, createContext, html, render, {HOOKS} }} from "./library.js";'


def main() -> None:
    marked, htm, folder = map(Path, sys.argv[1:])
    (folder / "marked.js").write_text(lexer(marked / "lib" / "marked.esm.js"))
    (folder / "preact-htm.js").write_text(preact(htm / "preact" / "standalone.module.js"))


def lexer(library: Path) -> str:
    banner = library.read_text().partition("*/")[0] + "*/\n"
    sources = json.loads(Path(f"{library}.map").read_text())
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name, text in zip(sources["sources"], sources["sourcesContent"], strict=True):
            (folder / Path(name).name).write_text(fixed(text))
        (folder / "rules.ts").write_text(rules_as_they_are(folder))
        entry = folder / "entry.ts"
        entry.write_text('export { _Lexer as Lexer } from "./Lexer.ts";\n')
        return banner + minified(entry, *MANGLED)


def preact(library: Path) -> str:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "library.js").write_text(library.read_text())
        (folder / "entry.js").write_text(PREACT)
        return minified(folder / "entry.js")


def minified(entry: Path, *options: str) -> str:
    return npx(TERSER, *MINIFY, given=npx(ESBUILD, str(entry), *BUNDLE, *options)) + "\n"


def rules_as_they_are(folder: Path) -> str:
    source = (folder / "rules.ts").read_text()
    (folder / "print.ts").write_text(RULES)
    script = npx(ESBUILD, str(folder / "print.ts"), "--bundle", "--format=esm")
    literal = run(["node", "--input-type=module"], script)
    parts = [re.search(part, source, re.MULTILINE | re.DOTALL) for part in PARTS]
    return "".join(part.group() for part in parts if part) + literal


def npx(package: str, *arguments: str, given: str = "") -> str:
    return run(["npx", "--yes", package, *arguments], given)


def run(command: list[str], given: str) -> str:
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True, text=True)
    return done.stdout.strip()


def fixed(text: str) -> str:
    for pattern, value in FIXED.items():
        text = re.sub(pattern, value, text, flags=re.MULTILINE | re.DOTALL)
    return text


if __name__ == "__main__":
    main()
