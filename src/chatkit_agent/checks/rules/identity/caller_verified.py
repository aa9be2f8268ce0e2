"""The caller is known from a token that is verified, or from the application's own sign-in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from chatkit_agent.checks.check import SOURCE, check
from chatkit_agent.checks.finding import Finding
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.anatomy import Anatomy
from chatkit_agent.project.source.authenticating import BY_NAME, verifies_token
from chatkit_agent.project.source.scope import Scope
from chatkit_agent.project.source.scopes import Call
from chatkit_agent.project.source.verifying import Decode, decodes
from chatkit_agent.project.source.walking import within_node

CLAIMED = re.compile(
    r"x-?(?:chatkit-?)?(?:user|account|member|customer)-?(?:id|name)?", re.IGNORECASE
)
USER = re.compile(r"(?:user|account|member|customer)(?:_?id)?|uid", re.IGNORECASE)
CLIENTS = re.compile(r"request\.json\(|\bmetadata\b|\bbody\b|query_params")
VERIFIED_TEXT = re.compile(r"claims|token|decode|response", re.IGNORECASE)
NONE = re.compile(r"[\"']none[\"']", re.IGNORECASE)
UNVERIFIED = ("get_unverified_claims", "decode_unverified")


@check(
    "CK101",
    "The caller is known from a token that is verified, or from the application's own sign-in",
    needs=SOURCE,
    symptoms=("mixed_up", "leaks"),
)
def caller_verified(chat: Anatomy) -> Iterator[Finding]:
    """The caller is known from a token that is verified, or from the application's own
    sign-in. A header such as `X-User-ID` can be set by anybody, so whoever trusts it gives
    everybody's conversations away.
    """
    for endpoint in chat.endpoints:
        claim = next(_claims(endpoint, chat), None)
        claimed = [node for node, _ in _claims(endpoint, chat)]
        if claim and not verifies_token(chat, endpoint, claimed):
            evidence = f"`{endpoint.name}` takes the user from `{syntax.code(claim[0])}`, and "
            evidence += "neither it nor a dependency of it verifies a token."
            yield _finding(chat, endpoint, *claim, evidence)
    is_verified = any(
        verifies_token(chat, each, [node for node, _ in _claims(each, chat)])
        for each in chat.sign_ins
    )
    for giver in chat.sign_ins:
        for node, header in _claims(giver, chat) if giver not in chat.endpoints else ():
            if not is_verified:
                evidence = f"`{giver.name}` takes the user from `{syntax.code(node)}`, and nothing "
                evidence += "that is called for a request verifies a token."
                yield _finding(chat, giver, node, header, evidence)
            elif _wins(giver, node) or _goes_first(giver, header):
                evidence = f"`{giver.name}` prefers the header to what the token says."
                yield _finding(chat, giver, node, header, evidence)
    yield from _unverified(chat)
    yield from (each for scope in chat.sign_ins for each in _from_client(chat, scope))


def _from_client(chat: Anatomy, endpoint: Scope) -> Iterator[Finding]:
    """The context's user is what the request's own body, metadata or query says."""
    read = [call for call in chat.code.inside(endpoint) if _reads_user(call)]
    names: dict[str, Call] = {}
    for call in read:
        for walrus in within_node(endpoint.node, cst.NamedExpr):
            if _holds(walrus.value, call.node):
                names[syntax.code(walrus.target)] = call
        for each in syntax.assignments(endpoint.node):
            if _holds(each.value, call.node):
                names[each.target] = call
    if endpoint in chat.endpoints:
        yield from _from_query(chat, endpoint)
    compared = {
        name.value
        for test in within_node(endpoint.node, cst.Comparison)
        for name in within_node(test, cst.Name)
    }
    for given in _identities(chat, endpoint):
        named = names.get(syntax.dotted(given) or "")
        taken = next((each for each in read if _holds(given, each.node)), named)
        if taken is not None and (named is None or syntax.dotted(given) not in compared):
            yield Finding(
                what="Anybody can read and write anybody's conversations: who is calling is taken "
                "from what the client writes into its request.",
                where=chat.code.where(taken.scope, taken.node),
                evidence=f"`{syntax.code(taken.node)}` becomes the user of the request's context.",
                fix="Take the user from the verified token or the application's own sign-in.",
                cause="spoofed",
            )
            return


def _from_query(chat: Anatomy, endpoint: Scope) -> Iterator[Finding]:
    """`?user_id=...`: a parameter of the route that FastAPI fills from its query."""
    named = {
        each.name.value
        for each in _parameters(endpoint)
        if USER.fullmatch(each.name.value) and _is_of_query(each)
    }
    held = {each.target: each.value for each in syntax.assignments(endpoint.node)}
    for given in _identities(chat, endpoint):
        value = held.get(syntax.dotted(given) or "", given)
        keys = syntax.subscripts(value) if isinstance(value, cst.Subscript) else ()
        is_query = isinstance(value, cst.Subscript) and (syntax.dotted(value.value) or "").endswith(
            "query_params"
        )
        is_read = is_query and any(USER.fullmatch(syntax.text(each) or "") for each in keys)
        if syntax.dotted(value) in named or is_read:
            yield Finding(
                what="Anybody can read and write anybody's conversations: who is calling is taken "
                "from the address that the client asks.",
                where=chat.code.where(endpoint, given),
                evidence=f"`{syntax.code(value)}` is a parameter of the query, and becomes the "
                "user of the request's context.",
                fix="Take the user from the verified token or the application's own sign-in.",
                cause="spoofed",
            )
            return


def _parameters(endpoint: Scope) -> tuple[cst.Param, ...]:
    node = endpoint.node
    return syntax.parameters(node) if isinstance(node, cst.FunctionDef) else ()


def _is_of_query(param: cst.Param) -> bool:
    """A plain type, with no default or `Query()`: what a dependency gives has neither."""
    annotation = syntax.code(param.annotation.annotation) if param.annotation else "str"
    default = syntax.code(param.default) if param.default else ""
    is_plain = re.fullmatch(r"(?:str|int|UUID|uuid\.UUID)(?: \| None)?", annotation) is not None
    return (is_plain and "(" not in default) or "Query(" in f"{annotation}{default}"


def _reads_user(call: Call) -> bool:
    key = call.text("key", 0) or ""
    asked = syntax.code(call.node.func)
    is_clients = CLIENTS.search(asked) is not None and not VERIFIED_TEXT.search(asked)
    return call.method == "get" and USER.fullmatch(key) is not None and is_clients


def _identities(chat: Anatomy, endpoint: Scope) -> Iterator[cst.BaseExpression]:
    """What stands for the user where the context is made: an object's, or a dictionary's."""
    for call in chat.code.inside(endpoint):
        if chat.code.scope_of(chat.code.resolve(call.scope, call.written)) in chat.contexts:
            for number, arg in enumerate(call.node.args):
                name = arg.keyword.value if arg.keyword else ""
                if USER.fullmatch(name) or (not name and number == 0):
                    yield arg.value
    for element in within_node(endpoint.node, cst.DictElement):
        if USER.fullmatch(syntax.text(element.key) or ""):
            yield element.value


def _wins(giver: Scope, node: cst.CSTNode) -> bool:
    """`header or claims["sub"]`, where the header comes first."""
    for each in within_node(giver.node, cst.BooleanOperation):
        if isinstance(each.operator, cst.Or) and _holds(each.left, node):
            return True
    return any(_holds(each.body, node) for each in within_node(giver.node, cst.IfExp))


def _goes_first(giver: Scope, header: str) -> bool:
    """`if header: return header`, where nothing else is asked."""
    name = header.lower().replace("-", "_")
    named = re.compile(rf"\b(?:{name}|{re.escape(header)})\b", re.IGNORECASE)
    for block in within_node(giver.node, cst.If):
        asked = block.test
        if isinstance(asked, cst.Comparison) and syntax.code(asked).endswith("is not None"):
            asked = asked.left
        is_plain = isinstance(asked, cst.Name | cst.Call | cst.Subscript)
        given = " ".join(syntax.code(each) for each in within_node(block.body, cst.Return))
        if is_plain and named.search(syntax.code(asked)) and named.search(given):
            return not BY_NAME.search(syntax.code(block.body))
    return False


def _holds(outer: cst.CSTNode, inner: cst.CSTNode) -> bool:
    return any(each is inner for each in within_node(outer, cst.Call, cst.Subscript))


def _unverified(chat: Anatomy) -> Iterator[Finding]:
    """A token that is read without a look at its signature."""
    calls = [call for scope in chat.sign_ins for call in chat.code.inside(scope)]
    read = list(decodes(chat.code, chat.sign_ins))
    naked = [each.call for each in read if _is_open(each)]
    naked += [call for call in calls if call.method in UNVERIFIED]
    # Where the token is verified as well, this one only looks which key that takes.
    verifies = any(not _is_open(each) for each in read)
    for call in dict.fromkeys(naked):
        if verifies and not _is_last_resort(call):
            continue
        yield Finding(
            what="Anybody can read and write anybody's conversations: the signature of a token "
            "is not looked at, so everybody can write one.",
            where=chat.code.where(call.scope, call.node),
            evidence=f"`{syntax.code(call.node)[:160]}`",
            fix="Verify the signature, and require `exp` and `sub`.",
            cause="spoofed",
        )


def _is_open(decode: Decode) -> bool:
    algorithms = decode.argument("algorithms", 2)
    takes_none = algorithms is not None and NONE.search(syntax.code(algorithms)) is not None
    is_off = syntax.dotted(decode.call.argument("verify")) == "False"
    return takes_none or is_off or decode.is_off("verify_signature")


def _is_last_resort(call: Call) -> bool:
    """Whether it is what an exception of the verification leads to."""
    handlers = within_node(call.scope.node, cst.ExceptHandler)
    return any(call.node in within_node(each, cst.Call) for each in handlers)


def _claims(endpoint: Scope, chat: Anatomy) -> Iterator[tuple[cst.CSTNode, str]]:
    """Where a header that anybody can send says who is calling."""
    for call in chat.code.inside(endpoint):
        if call.written.endswith("headers.get"):
            name = call.text("key", 0) or ""
            if CLAIMED.fullmatch(name):
                yield call.node, name
        elif call.method == "Header" and (header := _header_of(call, endpoint)):
            yield call.node, header
    for node in syntax.walk(endpoint.node):
        if isinstance(node, cst.Subscript) and (syntax.dotted(node.value) or "").endswith(
            "headers"
        ):
            name = syntax.text(next(iter(syntax.subscripts(node)), None)) or ""
            if CLAIMED.fullmatch(name):
                yield node, name


def _header_of(call: Call, endpoint: Scope) -> str | None:
    """The header that `x_user_id: str = Header(...)` stands for."""
    alias = call.text("alias")
    if alias:
        return alias if CLAIMED.fullmatch(alias) else None
    if isinstance(endpoint.node, cst.FunctionDef):
        for param in syntax.parameters(endpoint.node):
            parts = (param.default, param.annotation)
            if any(part is not None and call.node in syntax.walk(part) for part in parts):
                name = param.name.value.replace("_", "-")
                return name if CLAIMED.fullmatch(name) else None
    return None


def _finding(chat: Anatomy, scope: Scope, node: cst.CSTNode, header: str, evidence: str) -> Finding:
    return Finding(
        what="Anybody can read and write anybody's conversations: who is calling is taken from a "
        f"header that every client can set, `{header}`, and no token is verified for it.",
        where=chat.code.where(scope, node),
        evidence=evidence,
        fix="Take the user from the application's own sign-in (`Depends(get_current_user)`), or "
        "from the `sub` of a verified token. Ignore the header.",
        cause="spoofed",
    )
