"""Personal: what comes from whoever asks, where it enters the application and the turn."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.authenticating import is_authenticated, refuses
from chatkit_agent.project.source.dependencies import injected_scope
from chatkit_agent.project.source.flows import Flow
from chatkit_agent.project.source.in_front import decorated_by, middlewares
from chatkit_agent.project.source.injection import scheme_of, targets_of
from chatkit_agent.project.source.origins import origins
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.values import module_at
from chatkit_agent.project.source.walking import annotation_of, last_name, within_node

OF_SERVER = {"process", "respond", "action", "sync_action", "add_feedback", "transcribe"}
OF_SERVER |= {"get_stream_options", "handle_stream_cancelled"}
OF_STORE = {"load_thread", "save_thread", "load_thread_items", "load_threads", "add_thread_item"}
OF_STORE |= {"save_item", "load_item", "delete_thread", "delete_thread_item"}
OF_TOOL = ("RunContextWrapper", "ToolContext")
READ = ("headers", "cookies")


def personal(chat: Anatomy) -> Iterator[Flow]:
    """What ChatKit and FastAPI hand over of one request, in each function that they call."""
    for owner in chat.servers:
        for name, scope in chat.code.methods(owner).items():
            if name in OF_SERVER:
                yield Flow(chat.code, scope, {*scope.parameters[1:]})
    for owner in chat.stores:
        for name, scope in chat.code.methods(owner).items():
            if name in OF_STORE:
                yield Flow(chat.code, scope, {*scope.parameters[-1:]})
    for scope in (*chat.sign_ins, *middlewares(chat.code)):
        names = {each.name.value for each in scope.params if _is_personal(chat, scope, each)}
        nodes: set[cst.CSTNode] = {
            each for each in within_node(scope.node, cst.Attribute) if each.attr.value in READ
        }
        if names or nodes:
            yield Flow(chat.code, scope, names, nodes)
    for scope in chat.code.functions:
        if "agents.function_tool" in decorated_by(chat.code, scope):
            said = [(each, annotation_of(each)) for each in scope.params[:1]]
            names = {each.name.value for each, kind in said if _is_wrapper(kind)}
            if names:
                yield Flow(chat.code, scope, names)


def _is_wrapper(kind: cst.BaseExpression | None) -> bool:
    return last_name(kind.value if isinstance(kind, cst.Subscript) else kind) in OF_TOOL


def _is_personal(chat: Anatomy, scope: Scope, param: cst.Param) -> bool:
    """Whether FastAPI fills it with a credential, or with whoever that is of."""
    if scope not in chat.injected:
        return False
    sources = chat.code.sources
    for target in targets_of(sources, scope.file, param):
        if scheme_of(sources, target.file, target.value):
            return True
        own = injected_scope(chat.code, module_at(chat.code, target.file), target.value)
        if is_authenticated(chat, (target.file, target.value)) or (own and refuses(own)):
            return True
    found = origins(chat, scope, cst.Name(param.name.value))
    return any(each.place in ("header", "cookie") or each.is_secret for each in found)
