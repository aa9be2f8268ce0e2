"""The call of `setup()`, and the list of requirements where it is written out."""

from __future__ import annotations

import libcst as cst

from chatkit_agent.project.source import syntax


def setup_call(module: cst.Module) -> cst.Call | None:
    calls = (node for node in syntax.walk(module) if isinstance(node, cst.Call))
    named = (call for call in calls if syntax.dotted(call.func) in ("setup", "setuptools.setup"))
    return next(named, None)


def literal_requirements(module: cst.Module) -> cst.List | cst.Tuple | None:
    """The list in `install_requires`, or in the one assignment of the name that stands there."""
    call = setup_call(module)
    listed = syntax.argument(call, "install_requires") if call else None
    if isinstance(listed, cst.Name):
        values = [
            node.value
            for node in syntax.walk(module)
            if isinstance(node, cst.Assign | cst.AnnAssign) and _assigns(node, listed.value)
        ]
        listed = values[0] if len(values) == 1 else None
    if not isinstance(listed, cst.List | cst.Tuple):
        return None
    is_plain = all(isinstance(each.value, cst.SimpleString) for each in listed.elements)
    return listed if is_plain else None


def _assigns(node: cst.Assign | cst.AnnAssign, name: str) -> bool:
    targets = [node.target] if isinstance(node, cst.AnnAssign) else [t.target for t in node.targets]
    return any(isinstance(target, cst.Name) and target.value == name for target in targets)
