"""Writes the icons of the page from lucide's: `make_icons.py icon-nodes.json FOLDER`.

`icon-nodes.json` is in the npm package `lucide-static`. Each icon becomes the data of one path,
which svgo (through `npx`) shortens: one decimal, on a grid of 24.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# The names of the ChatKit SDK, then those of the page's own buttons, and what lucide calls them.
NAMES = {
    "agent": "bot",
    "analytics": "chart-line",
    "atom": "atom",
    "batch": "layers",
    "bolt": "zap",
    "book-open": "book-open",
    "book-closed": "book",
    "book-clock": "clock-arrow-left",
    "bug": "bug",
    "calendar": "calendar",
    "chart": "chart-column",
    "check": "check",
    "check-circle": "circle-check",
    "check-circle-filled": "badge-check",
    "chevron-left": "chevron-left",
    "chevron-right": "chevron-right",
    "circle-question": "circle-question-mark",
    "clock": "clock",
    "compass": "compass",
    "confetti": "party-popper",
    "cube": "box",
    "desktop": "monitor",
    "document": "file-text",
    "dot": "dot",
    "dots-horizontal": "ellipsis",
    "dots-vertical": "ellipsis-vertical",
    "empty-circle": "circle",
    "external-link": "external-link",
    "globe": "globe",
    "keys": "key",
    "lab": "flask-conical",
    "images": "images",
    "info": "info",
    "lifesaver": "life-buoy",
    "lightbulb": "lightbulb",
    "mail": "mail",
    "map-pin": "map-pin",
    "maps": "map",
    "mobile": "smartphone",
    "name": "tag",
    "notebook": "notebook",
    "notebook-pencil": "notebook-pen",
    "page-blank": "file",
    "phone": "phone",
    "play": "play",
    "plus": "plus",
    "profile": "circle-user",
    "profile-card": "id-card",
    "reload": "rotate-cw",
    "star": "star",
    "star-filled": "star",
    "search": "search",
    "sparkle": "sparkle",
    "sparkle-double": "sparkles",
    "square-code": "square-code",
    "square-image": "image",
    "square-text": "text-align-start",
    "suitcase": "briefcase",
    "settings-slider": "sliders-horizontal",
    "user": "user",
    "wreath": "award",
    "write": "pencil",
    "write-alt": "pen-line",
    "write-alt2": "signature",
    # The header's
    "sidebar": "panel-left",
    "home": "house",
    "expand": "maximize-2",
    "collapse": "minimize-2",
    "settings-cog": "settings",
    "grid": "layout-grid",
    "menu": "menu",
    "compose": "square-pen",
    "share": "share",
    "light-mode": "sun",
    "dark-mode": "moon",
    "close": "x",
    "double-chevron": "chevrons-right",
    # The page's own
    "arrow-up": "arrow-up",
    "arrow-down": "arrow-down",
    "stop": "square",
    "copy": "copy",
    "thumb-up": "thumbs-up",
    "thumb-down": "thumbs-down",
    "trash": "trash",
    "attach": "paperclip",
    "mic": "mic",
    "warning": "triangle-alert",
    "lock": "lock",
    "offline": "wifi-off",
    "tool": "wrench",
    "quote": "reply",
    "at": "at-sign",
}

# What every conversation has; the others are loaded when a server or a page names them.
OWN = {
    "arrow-down",
    "arrow-up",
    "book-open",
    "check",
    "chevron-left",
    "chevron-right",
    "close",
    "compose",
    "copy",
    "document",
    "dot",
    "empty-circle",
    "globe",
    "info",
    "lightbulb",
    "lock",
    "offline",
    "plus",
    "reload",
    "search",
    "sidebar",
    "sparkle",
    "stop",
    "thumb-down",
    "thumb-up",
    "tool",
    "trash",
    "warning",
    "write",
}

SVGO = "svgo@4.1.0"
HEAD = "/** Icons of lucide (https://lucide.dev, ISC licence), each as the data of one path. */"
NUMBER = r"(-?(?:\d+\.?\d*|\.\d+))"
# Where paths are joined, a relative beginning would be relative to the end of the path before.
BEGINS = re.compile(rf"^m\s*{NUMBER}[\s,]*{NUMBER}\s*")
# A dot is a line of a hundredth, which would be nothing.
DOT = re.compile(r"(?<=[hv])\.01(?!\d)")
LINES = re.compile(rf"^m\s*{NUMBER}[\s,]*{NUMBER}\s*,?-?[\d.]")


def path_of(kind: str, attributes: dict[str, str]) -> str:
    """The data of a path that draws a shape of SVG."""
    if kind == "path":
        begins = r"M\1 \2l" if LINES.match(attributes["d"]) else r"M\1 \2"
        return BEGINS.sub(begins, attributes["d"])
    if kind == "polyline":
        return f"M{attributes['points']}"
    if kind == "polygon":
        return f"M{attributes['points']}Z"
    if kind == "line":
        return "M{x1} {y1}L{x2} {y2}".format(**attributes)
    if kind in {"circle", "ellipse"}:
        x, y = float(attributes["cx"]), float(attributes["cy"])
        rx = float(attributes.get("r") or attributes["rx"])
        ry = float(attributes.get("r") or attributes["ry"])
        return (
            f"M{x - rx:g} {y:g}a{rx:g} {ry:g} 0 1 0 {2 * rx:g} 0a{rx:g} {ry:g} 0 1 0 {-2 * rx:g} 0Z"
        )
    assert kind == "rect", kind
    x, y = float(attributes.get("x", 0)), float(attributes.get("y", 0))
    width, height = float(attributes["width"]), float(attributes["height"])
    r = float(attributes.get("rx", 0))
    corner = f"a{r:g} {r:g} 0 0 1"
    return (
        f"M{x + r:g} {y:g}h{width - 2 * r:g}{corner} {r:g} {r:g}v{height - 2 * r:g}"
        f"{corner} {-r:g} {r:g}h{2 * r - width:g}{corner} {-r:g} {-r:g}v{2 * r - height:g}"
        f"{corner} {r:g} {-r:g}Z"
    )


def main() -> None:
    nodes = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(sys.argv[2])
    paths = shortened(
        {
            name: "".join(path_of(kind, attributes) for kind, attributes in nodes[NAMES[name]])
            for name in NAMES
        }
    )
    _write(folder / "icons.js", {name: data for name, data in paths.items() if name in OWN})
    _write(folder / "more_icons.js", {name: d for name, d in paths.items() if name not in OWN})


def shortened(paths: dict[str, str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as made:
        for name, data in paths.items():
            data = DOT.sub(".1", data)
            svg = f'<svg viewBox="0 0 24 24"><path stroke="red" fill="none" d="{data}"/></svg>'
            (Path(made) / f"{name}.svg").write_text(svg)
        options = ["--precision", "1", "--multipass", "--quiet"]
        subprocess.run(["npx", "--yes", SVGO, *options, "--folder", made], check=True)
        return {name: _data(Path(made) / f"{name}.svg") for name in paths}


def _data(svg: Path) -> str:
    (data,) = re.findall(r' d="([^"]+)"', svg.read_text())
    return str(data)


def _write(file: Path, paths: dict[str, str]) -> None:
    lines = [HEAD, "export const ICONS = {"]
    lines += [f"  {json.dumps(name)}: {json.dumps(data)}," for name, data in paths.items()]
    file.write_text("\n".join([*lines, "};", ""]))


if __name__ == "__main__":
    main()
