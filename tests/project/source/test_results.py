"""Which names hold a result of ChatKit, and of which kind it may be where they are used."""

from __future__ import annotations

import libcst as cst
import pytest

from chatkit_agent.project.source.results import kinds_at
from chatkit_agent.project.source.walking import within_node

STREAMS, WHOLE = "isinstance(result, StreamingResult)", "isinstance(result, NonStreamingResult)"


def at(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    node = cst.parse_module(f"def f(result):\n{lines}\n")
    use = next(
        c
        for c in within_node(node, cst.Call)
        if isinstance(c.func, cst.Name) and c.func.value == "use"
    )
    found = kinds_at(node.body[0], "result", use.args[0].value)
    return "?" if found is None else "".join(sorted(each[0] for each in found))


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("use(result)", "NS"),
        (f"if {STREAMS}:\n    use(result)", "S"),
        (f"if {STREAMS}:\n    pass\nelse:\n    use(result)", "N"),
        (f"if not {STREAMS}:\n    use(result)", "N"),
        (f"if {STREAMS}:\n    return 1\nuse(result)", "N"),
        (f"if {WHOLE}:\n    return 1\nuse(result)", "S"),
        (f"if {WHOLE}:\n    raise ValueError\nuse(result)", "S"),
        (f"if {WHOLE}:\n    return 1\nelif {STREAMS}:\n    use(result)", "S"),
        ("if hasattr(result, 'json'):\n    return 1\nuse(result)", "S"),
        ("if hasattr(result, '__aiter__'):\n    use(result)", "S"),
        (f"return use(result) if {STREAMS} else 1", "S"),
        (f"return 1 if {STREAMS} else use(result)", "N"),
        (f"try:\n    if {STREAMS}:\n        use(result)\nfinally:\n    pass", "S"),
        (f"with open(path):\n    if {WHOLE}:\n        return 1\n    use(result)", "S"),
        (f"if {WHOLE}:\n    return 1\nasync def out():\n    use(result)\nreturn out()", "S"),
        ("if other:\n    return 1\nuse(result)", "NS"),
        ("if other:\n    use(result)", "NS"),
        ("if is_stream(result):\n    return 1\nuse(result)", "?"),
        ("if result.kind:\n    use(result)", "?"),
        ("match result:\n    case StreamingResult():\n        use(result)", "?"),
        ("match result:\n    case StreamingResult():\n        return 1\nuse(result)", "?"),
        ("try:\n    use(result)\nexcept AttributeError:\n    pass", "?"),
        ("try:\n    use(result)\nexcept OSError:\n    pass", "NS"),
    ],
)
def test_kinds(body: str, kinds: str) -> None:
    assert at(body) == kinds
