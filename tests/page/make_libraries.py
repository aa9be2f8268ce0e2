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
    "blockTokens|inLink|charAt|charCodeAt|endsWith|fromCodePoint|hasOwn"
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
    # HTML is shown as it was written: only what holds more than a paragraph is kept together.
    r"^const _htmlInterrupt = .*?;\n": (
        r"const _htmlInterrupt = / {0,3}<(?:(?:script|pre|style|textarea)(?:[\\s>]|$)|!--)/;\n"
    ),
    r"\(\?:</\?\(\?:\$\{_tag\}\)\(\?:\[ \\\\t\]\+\|\$\|/\?>\)\|(<.*?\|!--\)).*?`, 'i'": r"\1`, 'i'",
    r"^\+ '\|<[^\n]*// \([3-7]\)[^\n]*\n": "",
    r"^      if \(!this\.lexer\.state\.in(Link|RawBlock) && this.rules.*?^      \}\n": "",
    r"decodeNumericCharacterReferences\((cap\[0\])\)": r"\1",
    r"text: escaped \? cap\[0\] : ": "text: ",
    r" && !lastToken\.escaped": "",
    r", escaped: false": "",
    r"^[^\n]*inRawBlock\b[^\n]*\n": "",
    r"^        escaped,\n": "",
    r"^ +(inLink: this|block: (true|false)|pre: |codeBlockStyle: |autolink: true)[^\n]*\n": "",
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


# What the page does without: other life cycles than `shouldComponentUpdate` and
# `componentDidCatch`, pages that are there already, HTML, styles as text.
WITHOUT = {
    ',"function"==typeof n&&null!=n.defaultProps)for(u in n.defaultProps)'
    "void 0===l[u]&&(l[u]=n.defaultProps[u]);": ");",
    "if(arguments.length>2": "(arguments.length>2",
    "||r!==n.debounceRendering)&&((r=n.debounceRendering)||o)(g)": ")&&o(g)",
    'if("string"==typeof _)e.style.cssText=_;else{if("string"==typeof t&&'
    '(e.style.cssText=t=""),t)': "{if(t)",
    'r=n!==(n=n.replace(/Capture$/,"")),': "",
    "e.l[n+r]=_,_?t||e.addEventListener(n,r?S:E,r):e.removeEventListener(n,r?S:E,r)": (
        "e.l[n]=_,_?t||e.addEventListener(n,E):e.removeEventListener(n,E)"
    ),
    "this.l[e.type+!1](n.event?n.event(e):e)": "this.l[e.type](e)",
    "function S(e){this.l[e.type+!0](n.event?n.event(e):e)}": "",
    'else if("dangerouslySetInnerHTML"!==n){if(o)n=n.replace(/xlink[H:h]/,"h")'
    '.replace(/sName$/,"s");else if("href"': 'else{if(!o&&"href"',
    "null!=E.getDerivedStateFromProps&&(a.__s==a.state&&(a.__s=s({},a.__s)),"
    "s(a.__s,E.getDerivedStateFromProps(b,a.__s))),v=a.props,y=a.state,p)"
    "null==E.getDerivedStateFromProps&&null!=a.componentWillMount&&a.componentWillMount(),"
    "null!=a.componentDidMount&&a.__h.push(a.componentDidMount);"
    "else{if(null==E.getDerivedStateFromProps&&b!==v&&null!=a.componentWillReceiveProps&&"
    "a.componentWillReceiveProps(b,x),": "!p){if(",
    "null!=a.componentWillUpdate&&a.componentWillUpdate(b,a.__s,x),null!=a.componentDidUpdate&&"
    "a.__h.push(function(){a.componentDidUpdate(v,y,m)})": "",
    "p||null==a.getSnapshotBeforeUpdate||(m=a.getSnapshotBeforeUpdate(v,y)),": "",
    "C=(f=E.contextType)&&o[f.__c],x=f?C?C.props.value:f.__:o,": "x=o,",
    ",C&&C.sub(a),": ",",
    "Consumer:function(e,n){return e.children(n)},": "",
    "_.Provider.__=_.Consumer.contextType=_": "_.Provider.__=_",
    "g=(a=_.__c=t.__c).__=a.__E": "a=_.__c=t.__c",
    "g&&(a.__E=a.__=null),": "",
    "null!=t.__h&&(c=t.__h,i=_.__e=t.__e,_.__h=null,u=[i]),": "",
    "(c||null!=u)&&(_.__e=i,_.__h=!!c,u[u.indexOf(i)]=null),": "",
    "null!=o.__h?[r]:null,": "null,",
    "null==r?v(o):r,o.__h)": "null==r?v(o):r)",
    "d.is&&d),u=null,c=!1": "d.is&&d),u=null",
    "c&&n.data===d||": "",
    "if(u=u&&e.call(n.childNodes),a=(h=t.props||l).dangerouslySetInnerHTML,"
    "p=d.dangerouslySetInnerHTML,!c){if(null!=u)for(h={},m=0;m<n.attributes.length;m++)"
    "h[n.attributes[m].name]=n.attributes[m].value;(p||a)&&(p&&(a&&p.__html==a.__html||"
    'p.__html===n.innerHTML)||(n.innerHTML=p&&p.__html||""))}if(function(e,n,_,t,o){': (
        "u=u&&e.call(n.childNodes),h=t.props||l,function(e,n,_,t){"
    ),
    'o&&"function"!=typeof n[r]||': "",
    "(n,d,h,r,c),p)_.__k=[];else if(m=_.props.children": "(n,d,h,r);if(m=_.props.children",
    "null!=u[m]&&f(u[m]);c||(": "null!=u[m]&&f(u[m]);(",
    'u=(r="function"==typeof o)?null:o&&o.__k||t.__k,': "u=t.__k,",
    "_=(!r&&o||t).__k=": "_=t.__k=",
    "!r&&o?[o]:u?null": "u?null",
    "!r&&o?o:u?u.__e:t.firstChild,r)": "u?u.__e:t.firstChild)",
    "d.prototype.forceUpdate=function(e){this.__v&&(this.__e=!0,e&&this.__h.push(e),m(this))},": "",
}
# A component that fails is reported to the next one above it that takes errors.
CATCH = (
    "__e:function(e,n){for(var t;n=n.__;)if((t=n.__c)&&t.componentDidCatch)"
    "return t.componentDidCatch(e);throw e}"
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
        text = library.read_text()
        for part, instead in WITHOUT.items():
            assert text.count(part) == 1, part
            text = text.replace(part, instead)
        text, caught = re.subn(r"__e:function\(e,n\)\{for\(var _,t,o;.*?throw e\}", CATCH, text)
        assert caught == 1
        (folder / "library.js").write_text(text)
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
