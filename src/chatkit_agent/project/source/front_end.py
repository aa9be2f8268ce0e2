"""Front ends: the files of a project that show a chat in a browser, read without their comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from chatkit_agent.project.source.folders import is_side_file
from chatkit_agent.project.source.sources import Sources
from chatkit_agent.project.source.walking import line_at

MARKUP = (".html", ".htm", ".jinja", ".jinja2", ".j2", ".vue", ".svelte")
SCRIPTS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts")
HOSTED = re.compile(r"<openai-chatkit\b|[\"']openai-chatkit[\"']")
PACKAGE = re.compile(
    r"(?:\bfrom|\bimport\(|\brequire\()\s*[\"']@openai/chatkit-\w+[\"']", re.MULTILINE
)
HOOK = re.compile(r"\buseChatKit\s*\(|<ChatKit\b")
PANEL = re.compile(r"<chatkit-panel\b|[\"']chatkit-panel[\"']")
DEFINED = re.compile(r"\bcustomElements\s*\.\s*define\(\s*[\"']")
TOKENS = re.compile(
    r"(?P<block>/\*.*?\*/)|(?P<line>(?<![:\\\w])//[^\n]*)"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`",
    re.DOTALL,
)
HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
SCRIPT = re.compile(r"(<script\b[^>]*>)(.*?)(</script>)", re.DOTALL | re.IGNORECASE)
API = re.compile(r"(?<![\w.])[\"']?api[\"']?\s*[:=]\s*\{")
HELD = r"(?:const|let|var)\s+{name}\s*(?::[^=\n]+)?=\s*(?P<value>[^;\n]+)"
TEXT = re.compile(r"\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])*)'")
VARIABLE = re.compile(r"(?:process\.env|import\.meta\.env)\.(\w+)")
BUILT = re.compile(r"(?:^|/)(?:node_modules|dist|build|\.next|out)/|\.min\.js$|\.d\.ts$")
LARGEST = 400_000
OPENING, CLOSING = "([{", ")]}"


@dataclass(frozen=True)
class Value:
    """What a member of `api` is, as it is written, and where."""

    code: str
    place: int


@dataclass(frozen=True)
class Page:
    """A file of a front end; `text` has spaces in the place of comments."""

    path: str
    text: str

    @cached_property
    def is_hosted(self) -> bool:
        """By the element, or by the wrapper of it for React."""
        is_wrapped = PACKAGE.search(self.text) is not None and HOOK.search(self.text) is not None
        return is_wrapped or HOSTED.search(self.text) is not None

    @cached_property
    def is_panel(self) -> bool:
        """Where it is used; the file that defines the element is no page."""
        return PANEL.search(self.text) is not None and DEFINED.search(self.text) is None

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(re.findall(r"[\w$]+", self.text))

    def where(self, place: int) -> str:
        return f"{self.path}:{line_at(self.text, place)}"

    def apis(self) -> Iterator[dict[str, Value]]:
        """The `api` options of the chats in it, by name."""
        for found in API.finditer(self.text) if self.is_hosted or self.is_panel else ():
            yield members(self.text, found.end())

    def held(self, name: str) -> str | None:
        """What a constant or a function of that name is, as it is written."""
        if name not in self._words:
            return None
        found = re.search(HELD.format(name=re.escape(name)), self.text)
        made = re.search(rf"\bfunction\s+{re.escape(name)}\s*\(", self.text)
        start = found.start("value") if found else made.start() if made else None
        return None if start is None else expression(self.text, start)


@dataclass(frozen=True, eq=False)
class FrontEnd:
    """Every file of the front ends of a project."""

    pages: tuple[Page, ...]
    variables: Mapping[str, str]

    @cached_property
    def chats(self) -> tuple[Page, ...]:
        return tuple(each for each in self.pages if each.is_hosted or each.is_panel)

    def held(self, page: Page, name: str) -> str | None:
        """What a name stands for: here, or in the one other file that has it."""
        own = page.held(name)
        others = [value for each in self.pages if (value := each.held(name)) is not None]
        return own if own is not None else others[0] if len(others) == 1 else None

    def texts(self, page: Page, code: str, hops: int = 5) -> set[str]:
        """The texts that an expression may be; empty where that cannot be told."""
        code = re.sub(r"\s+as\s+\w+$", "", code.strip().rstrip(";,").strip())
        if (whole := TEXT.fullmatch(code)) is not None:
            return {whole[1] or whole[2] or ""}
        if code.startswith("`") and code.endswith("`"):
            return self._template(page, code[1:-1], hops)
        parts = re.split(r"\?\?|\|\|", code)
        if len(parts) > 1:
            return {text for each in parts for text in self.texts(page, each, hops)}
        if (variable := VARIABLE.fullmatch(code)) is not None:
            return {self.variables[variable[1]]} if variable[1] in self.variables else set()
        name = re.fullmatch(r"(?:\w+\.)?([A-Za-z_$][\w$]*)", code)
        inner = self.held(page, name[1]) if name and hops else None
        return self.texts(page, inner, hops - 1) if inner else set()

    def _template(self, page: Page, code: str, hops: int) -> set[str]:
        found = {""}
        for part in re.split(r"(\$\{[^}]*\})", code):
            known = self.texts(page, part[2:-1], hops - 1) if part.startswith("${") else {part}
            found = {f"{each}{more}" for each in found for more in known}
        return found

    def function(self, page: Page, code: str, hops: int = 3) -> str | None:
        """The body of a function that is written in place, or named; None where it is unknown."""
        if "=>" in code or re.match(r"(?:async\s+)?(?:function\b|\()", code):
            return code + "".join(self._called_code(page, code, hops))
        wrapped = re.match(r"(?:use\w+|\w+)\(", code)
        if wrapped and "=>" in code:
            return code
        name = re.fullmatch(r"(?:\w+\.)?([A-Za-z_$][\w$]*)", code.strip())
        inner = self.held(page, name[1]) if name and hops else None
        return self.function(page, inner, hops - 1) if inner else None

    def _called_code(self, page: Page, code: str, hops: int) -> Iterator[str]:
        """What the functions do that it calls or names."""
        for name in dict.fromkeys(re.findall(r"[A-Za-z_$][\w$]*", code)) if hops else ():
            inner = self.held(page, name)
            if inner is not None and inner not in code:
                yield f"\n{inner}"


def members(text: str, start: int) -> dict[str, Value]:
    """The members of an object whose brace is before `start`."""
    found: dict[str, Value] = {}
    place = start
    while place < len(text):
        member = re.compile(r"\s*(?:async\s+)?[\"']?(\.{0,3}[\w$]+)[\"']?\s*").match(text, place)
        if member is None:
            break
        end = member.end()
        if text[end : end + 1] == ":":
            end += 1
        value = expression(text, end)
        # `fetch(url, init) { ... }` and `url` alone are members as well.
        code = value.strip() or member[1]
        is_method = text[member.end() : member.end() + 1] == "("
        found[member[1]] = Value(f"function {code}" if is_method else code, member.start(1))
        place = end + len(value)
        if text[place : place + 1] != ",":
            break
        place += 1
    return found


def expression(text: str, start: int) -> str:
    """What is written from `start` to the comma, bracket or semicolon that ends it."""
    depth, place = 0, start
    while place < len(text):
        token = TOKENS.match(text, place)
        if token is not None:
            place = token.end()
            continue
        each = text[place]
        if each in OPENING:
            depth += 1
        elif each in CLOSING:
            if not depth:
                break
            depth -= 1
            if not depth and each == "}" and re.match(r"\}\s*\n\s*(?:\n|[\w}]|$)", text[place:]):
                place += 1
                break
        elif not depth and each in ",;":
            break
        place += 1
    return text[start:place]


def front_end(sources: Sources, variables: Mapping[str, str]) -> FrontEnd:
    pages = []
    for path in sources.tree.glob(*MARKUP, *SCRIPTS):
        if is_side_file(path) or BUILT.search(path):
            continue
        text = sources.text(path)
        if len(text) > LARGEST:
            continue
        is_markup = path.endswith(MARKUP)
        pages.append(Page(path, _markup(text) if is_markup else _script(text)))
    return FrontEnd(tuple(pages), variables)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _script(text: str) -> str:
    return TOKENS.sub(lambda m: _blank(m[0]) if m["block"] or m["line"] else m[0], text)


def _markup(text: str) -> str:
    text = HTML_COMMENT.sub(lambda m: _blank(m[0]), text)
    return SCRIPT.sub(lambda m: f"{m[1]}{_script(m[2])}{m[3]}", text)
