"""What a tool answered, as a model takes it: texts within a limit, pictures, names of the rest."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

from mcp.types import (
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
)
from pydantic import TypeAdapter, ValidationError

PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
BEGINNINGS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
URL_SAFE = str.maketrans("-_", "+/", "=")
PICTURE_CHARS = 8_000_000
CUT = "\n[The rest is cut off: this result has {} characters, and {} are here. Ask for less of it.]"
PART: TypeAdapter[ContentBlock] = TypeAdapter(ContentBlock)
NOTHING = "[The tool gave no result.]"


def forgive_result(result: dict[str, Any]) -> None:
    """The library would refuse all of a result of which a part is malformed: the call was made."""
    given = result.get("content")
    parts = given if isinstance(given, list) else [given] if given else []
    structured = result.get("structuredContent")
    if structured is not None and not isinstance(structured, dict):
        parts = [*parts, json.dumps(result.pop("structuredContent"), ensure_ascii=False)]
    result["content"] = [part if _is_part(part) else _as_text(part) for part in parts]


def _is_part(part: Any) -> bool:
    try:
        PART.validate_python(part)
    except ValidationError:
        return False
    return True


def _as_text(part: Any) -> dict[str, Any]:
    """What can be told of a part that is malformed: a text, or where it is to be found."""
    if not isinstance(part, dict):
        return {"type": "text", "text": str(part)}
    inner = part["resource"] if isinstance(part.get("resource"), dict) else part
    text, place = inner.get("text"), inner.get("uri") or part.get("type")
    return {"type": "text", "text": f"[{place}]" if text is None else str(text)}


def fitted_result(result: CallToolResult, chars: int) -> CallToolResult:
    """The result with no more than so many characters of text, and no bytes as text."""
    parts = _with_room([_content_of(part) for part in result.content])
    structured = _either(result, "structured_content", "structuredContent")
    told = "\n".join(part.text for part in parts if isinstance(part, TextContent))
    if structured and not (told.strip() and _is_told(structured, told)):
        parts.append(_text(json.dumps(structured, ensure_ascii=False)))
    return result.model_copy(update={"content": _within(parts, chars) or [_text(NOTHING)]})


def _content_of(part: Any) -> TextContent | ImageContent:
    if isinstance(part, TextContent):
        return part
    if isinstance(part, ImageContent):
        kind = _either(part, "mime_type", "mimeType")
        return _picture(part.data, kind) or _text(f"[an image that cannot be shown: {kind}]")
    if isinstance(part, EmbeddedResource):
        found = part.resource
        return _text(getattr(found, "text", None) or f"[a file: {found.uri}]")
    if isinstance(part, ResourceLink):
        return _text(f"[a link: {part.name}, {part.uri}]")
    return _text(f"[{part.type}]")


def picture_kind(content: bytes) -> str | None:
    """What a picture is, whatever its name says: providers refuse one that is called another."""
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in BEGINNINGS.items() if content.startswith(start)), None)


def _picture(data: str, kind: str) -> ImageContent | None:
    """In the one way in which providers take it, of those in which servers write it."""
    kind = kind.partition(";")[0].strip().lower().replace("image/jpg", "image/jpeg")
    data = data.partition(",")[2] if data.startswith("data:") else data
    plain = "".join(data.splitlines()).translate(URL_SAFE)
    try:
        content = b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        return None
    kind = picture_kind(content) or kind
    if kind not in PICTURES or not content:
        return None
    shown = {"type": "image", "data": b64encode(content).decode(), "mimeType": kind}
    return ImageContent.model_validate(shown)


def _with_room(
    parts: Sequence[TextContent | ImageContent],
) -> list[TextContent | ImageContent]:
    """As many pictures as a request may carry, and words for the others."""
    found: list[TextContent | ImageContent] = []
    left = PICTURE_CHARS
    for part in parts:
        if isinstance(part, ImageContent):
            fits = len(part.data) <= left
            left -= len(part.data) if fits else 0
            part = part if fits else _text("[an image that is too large to be shown]")
        found.append(part)
    return found


def _is_told(value: Any, text: str) -> bool:
    """Whether a text has each value: servers that structure a result should say it in words too."""
    if isinstance(value, (dict, list)):
        inner = value.values() if isinstance(value, dict) else value
        return all(_is_told(each, text) for each in inner)
    as_json = json.dumps(value, ensure_ascii=False).strip('"')
    if isinstance(value, str):
        return value in text or as_json in text
    # A number within another one is not told, and neither is what a text is silent about.
    return any(
        re.search(rf"(?<![\w.]){re.escape(form)}(?![\w]|\.\d)", text, re.IGNORECASE)
        for form in (as_json, str(value))
    )


def _says(part: TextContent | ImageContent) -> bool:
    return not isinstance(part, TextContent) or bool(part.text.strip())


def _within(
    parts: Sequence[TextContent | ImageContent], chars: int
) -> list[TextContent | ImageContent]:
    whole = sum(len(part.text) for part in parts if isinstance(part, TextContent))
    kept: list[TextContent | ImageContent] = []
    left = chars
    for part in parts:
        if isinstance(part, TextContent):
            part, left = _text(part.text[:left]), left - len(part.text[:left])
        if _says(part):
            kept.append(part)
    return kept if whole <= chars else [*kept, _text(CUT.format(whole, chars))]


def cut_results(items: Sequence[Any], chars: int) -> list[Any]:
    """The model's input; results that pages sent have a limit as well."""
    for item in items:
        text = item.get("output")
        if isinstance(text, str) and len(text) > chars:
            item["output"] = text[:chars] + CUT.format(len(text), chars)
    return list(items)


def text_of(result: Any) -> str:
    """What is remembered of a result, and shown: no pictures."""
    if isinstance(result, (list, tuple)):
        return "\n".join(map(text_of, result))
    if hasattr(result, "model_dump"):
        return text_of(result.model_dump(mode="json"))
    kind = result.get("type") if isinstance(result, dict) else None
    if kind == "text" and "text" in result:
        return str(result["text"])
    if kind in {"image", "file", "audio"}:
        return {"image": "[an image]", "file": "[a file]", "audio": "[audio]"}[kind]
    return result if isinstance(result, str) else json.dumps(result, default=str)


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)


def _either(part: Any, name: str, other: str) -> Any:
    """mcp 2 has names with underscores."""
    return getattr(part, name, None) or getattr(part, other, None)
