"""Markdown on a terminal: headings, lists, and code whose lines are never broken."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown, MarkdownElement
from rich.syntax import Syntax
from rich.text import Text

from chatkit_agent.output.terminal.layout import coloured


class _Heading(Heading):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        self.text.stylize("bold underline" if self.tag == "h1" else "bold")
        yield self.text


class _Code(CodeBlock):
    """Lines as they are, so that they can be copied."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text = str(self.text).rstrip()
        if self.lexer_name == "diff":
            yield coloured(text)
            return
        lit = Syntax("", self.lexer_name, theme="ansi_dark").highlight(text)
        lit.rstrip()
        lit.no_wrap, lit.overflow = True, "ignore"
        yield lit


class _Page(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
    }


def rendered(text: str) -> RenderableType:
    return _Page(text, hyperlinks=False, inline_code_theme="ansi_dark") if text else Text("")
