"""What a terminal of some width shows."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType


def text(part: RenderableType, width: int = 80) -> str:
    output = io.StringIO()
    Console(file=output, width=width, highlight=False).print(part, crop=False)
    return output.getvalue()
