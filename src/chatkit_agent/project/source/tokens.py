"""Tokens: which expressions give a person's token, by where it comes from or by its name."""

from __future__ import annotations

import re

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.expressions import Origin, Part
from chatkit_agent.project.source.injection import scheme_of, targets_of
from chatkit_agent.project.source.meaning import names_used, resolves_to
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.search import Answer, Search, declared
from chatkit_agent.project.source.values import is_literal
from chatkit_agent.project.source.walking import called_name, literals, receiver_of

# Where nothing else tells what a value is, its name does.
TOKEN = re.compile(
    r"^(?:(?:access|auth|bearer|user|jwt|id|refresh|raw)_?)?token$|^bearer$|^jwt$|^auth_header$"
    r"|^authorization(?:_header)?$|^auth$",
    re.IGNORECASE,
)
VAGUE = ("auth", "jwt")
OF_A_PERSON = re.compile(r"(?:context|ctx|user|caller|principal)$", re.IGNORECASE)
SECRET = re.compile(r"(?:^|_)(?:api_?key|secret|password|token|private_?key)$", re.IGNORECASE)
SETTINGS = re.compile(r"(?:^|[._])(?:settings|config|conf)(?:\(\))?$", re.IGNORECASE)
OF_TOKEN = re.compile(r"(?:^|_)(?:token|jwt|bearer|authorization)$", re.IGNORECASE)
HEADERS = ("authorization", "proxy_authorization", "cookie")
NO_TOKEN = {"int", "float", "bool", "SecretStr", "SecretBytes"}
CREDENTIALS = "HTTPAuthorizationCredentials"


def token_in(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> Part | None:
    """The part of an expression, or of what it is made of, that gives a person's whole token."""
    return _Tokens(chat).first(scope, node)


def credential_in(chat: Anatomy, scope: Scope, node: cst.BaseExpression) -> Part | None:
    """The part of what a tool answers that gives a token, or a secret of the settings."""
    return _Credentials(chat).first(scope, node)


def speaks_of_token(node: cst.CSTNode) -> bool:
    """Whether any name in it is that of a token, in whatever way it is used."""
    return any(TOKEN.match(name) for name in names_used(node))


class _Tokens(Search):
    def judged(self, part: Part) -> Answer:
        node = part.node
        if isinstance(node, cst.Name) and (said := self._is_by_type(part, node.value)) is not None:
            return said and part
        if isinstance(node, cst.Attribute):
            return self._attribute(part, node.value, node.attr.value)
        if isinstance(node, cst.Subscript):
            return self._item_of(part, node.value, syntax.key(node))
        call = self.code.call_of(node)
        owner = receiver_of(call.node.func) if call else None
        if call is None or self.code.called(call) is not None:
            return None
        if call.method == "get_secret_value" and owner is not None and speaks_of_token(owner):
            return part
        if owner is not None and call.method in ("get", "getlist") and call.node.args:
            return self._item_of(part, owner, call.node.args[0].value)
        return None

    def member_of(self, part: Part, name: str) -> Answer:
        return part if name == "credentials" else False

    def unknown(self, part: Part, name: str) -> Answer:
        return part if TOKEN.match(name) and name.lower() not in VAGUE else None

    def of_client(self, origin: Origin) -> Answer:
        is_token = origin.kind == "credential" or _is_key(origin.key)
        return Part(origin.scope, cst.Name("token")) if is_token else False

    def _is_by_type(self, part: Part, name: str) -> bool | None:
        """Whether a parameter is one by its type; None where that does not tell."""
        function = part.scope.function.node if part.scope.function else None
        params = syntax.parameters(function) if isinstance(function, cst.FunctionDef) else ()
        for param in (each for each in params if each.name.value == name):
            sources, file = self.code.sources, part.scope.file
            asked = targets_of(sources, file, param)
            if any(scheme_of(sources, each.file, each.value) for each in asked):
                return True
            said = names_used(param.annotation) if param.annotation else set()
            if said & NO_TOKEN:
                return False
            known = [self.code.scope_of(self.code.resolve(part.scope, each)) for each in said]
            is_own = any(each and isinstance(each.node, cst.ClassDef) for each in known)
            return False if is_own else CREDENTIALS in said or None
        return None

    def _attribute(self, part: Part, base: cst.BaseExpression, name: str) -> Answer:
        if self.place(part) == "header":
            return part
        is_vague = name.lower() in VAGUE and not _is_of_person(base)
        if not TOKEN.match(name) or is_vague:
            return None
        return False if self._is_other(part, base, name) else part

    def _is_other(self, part: Part, base: cst.BaseExpression, name: str) -> bool:
        """`Kinds.TOKEN`, `jose.jwt`, or a field of a type that does not show it."""
        symbol = self.code.resolve(part.scope, syntax.dotted(part.node))
        held = self.code.sources.assigned(symbol)
        if self.code.class_of(self.code.resolve(part.scope, syntax.dotted(base))):
            held = self.code.value(part.scope, part.node)
        if held is not None:
            return is_literal(held)
        if symbol is not None and symbol.package_name:
            return True
        field = declared(self.code.kind(part.scope, called_name(base)), name)
        return field is not None and bool(NO_TOKEN & names_used(field.annotation))

    def _item_of(
        self, part: Part, base: cst.BaseExpression, key: cst.BaseExpression | None
    ) -> Answer:
        text = self.code.text(part.scope, key)
        if self.place(Part(part.scope, base, part.given)) is not None:
            return part if text is None or _is_key(text) else False
        held = self.code.value(part.scope, base) or base
        is_of_person = _is_of_person(base) or _is_of_person(held)
        return part if text is not None and _is_key(text) and is_of_person else None


class _Credentials(_Tokens):
    """A token counts where it comes from the request, and not by the name of a variable alone."""

    def judged(self, part: Part) -> Answer:
        call = self.code.call_of(part.node)
        if call is not None and resolves_to(self.code, call.scope, call.written, "os.getenv"):
            return part if SECRET.search(call.text("key", 0) or "") else False
        if call is not None and call.method == "get" and not call.node.args:
            return part if self._is_variable(part, receiver_of(call.node.func)) else None
        return super().judged(part)

    def unknown(self, part: Part, name: str) -> Answer:
        return False

    def _attribute(self, part: Part, base: cst.BaseExpression, name: str) -> Answer:
        is_secret = SECRET.search(name) is not None and self._are_settings(part.scope, base)
        return part if is_secret else super()._attribute(part, base, name)

    def _item_of(
        self, part: Part, base: cst.BaseExpression, key: cst.BaseExpression | None
    ) -> Answer:
        if resolves_to(self.code, part.scope, base, "os.environ"):
            return part if SECRET.search(self.code.text(part.scope, key) or "") else False
        return super()._item_of(part, base, key)

    def _are_settings(self, scope: Scope, base: cst.BaseExpression) -> bool:
        """By the class, and else by the name: `settings.model_key`, `get_settings().secret`."""
        name = called_name(base)
        kind = self.code.kind(scope, name)
        own = self.code.subclasses_of("pydantic_settings", "BaseSettings")
        return kind in own if kind is not None else SETTINGS.search(name) is not None

    def _is_variable(self, part: Part, owner: cst.BaseExpression | None) -> bool:
        """`current_token.get()` of a ContextVar."""
        name = called_name(owner).rpartition(".")[2] if owner is not None else ""
        made = self.code.value(part.scope, owner)
        is_variable = isinstance(made, cst.Call) and called_name(made.func).endswith("ContextVar")
        words = [name, *(text for _, text in literals(made))] if made is not None else []
        return is_variable and any(OF_TOKEN.search(each) for each in words)


def _is_key(key: str) -> bool:
    """`Authorization`, `X-Access-Token`"""
    plain = key.lower().replace("-", "_").removeprefix("x_")
    return plain in HEADERS or TOKEN.match(plain) is not None


def _is_of_person(node: cst.BaseExpression) -> bool:
    return OF_A_PERSON.search(called_name(node)) is not None
