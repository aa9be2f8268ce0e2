"""Auth: the application's own way to know its user, found by what it does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import libcst as cst

from chatkit_agent.errors import BadOption
from chatkit_agent.project.facts import App, Auth, UserDependency
from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.identity import Consumer, Expression, user_id
from chatkit_agent.project.source.injection import (
    FASTAPI_USERS,
    asked_for,
    credential,
    injected_function,
    is_of_fastapi_users,
    passes_credential_on,
    symbol_of,
    targets,
)
from chatkit_agent.project.source.loading import may_be_imported
from chatkit_agent.project.source.outcomes import is_chosen_by_client, reads_identity
from chatkit_agent.project.source.sign_in_libraries import provided
from chatkit_agent.project.source.sources import Sources, Symbol

ALIAS = re.compile(
    r"^(?:type\s+)?(\w+)\s*(?::\s*[\w.]+\s*)?=\s*(?:[\w.]*Annotated\[[^=]{0,200}?)?"
    r"(?:\w+\.)*(?:Depends|Security)\(\s*([A-Za-z_][\w.]*)\s*[,)]",
    re.MULTILINE,
)
CONSUMER = re.compile(
    r"(?:(\w+)\s*:\s*)?[\w.]*Annotated\[\s*([\w.]+)(?:\[[^\]]*\])?\s*,\s*(?:\w+\.)*\Z"
    r"|(\w+)\s*(?::\s*([\w.]+)(?:\[[^\]]*\])?\s*)?=\s*(?:\w+\.)*\Z"
)
IN_PLACE = re.compile(
    r"\b(?:Depends|Security)\(\s*([A-Za-z_][\w.]*\((?:\s*\w+\s*=\s*(?:True|False)\s*,?)*\s*\))\s*[,)]"
)
USERS = re.compile(r"^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)*FastAPIUsers\[", re.MULTILINE)
ASKED_OF_USERS = re.compile(r"(?m)(?:^\w[^=\n]*=|Depends\(|Security\().*\.current_user")
LONGEST_ANNOTATION = 120
TYPED = re.compile(r":\s*(?:\w+\.)*(\w+)\b|=\s*(?:\w+\.)*(\w+)\s*[,)]")
DEFINED = re.compile(r"^(?:(?:async\s+)?def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=", re.MULTILINE)
USUAL = re.compile(r"^(?:async\s+)?def\s+((?:get_)?current_(?:active_)?user)\b", re.MULTILINE)
USERISH = re.compile(
    r"user|account|member|person|principal|identity|customer|auth|current|login|subject|claims"
    r"|player|author|viewer|signed_?in|logged_?in|caller|verif|token|guard|bearer|protect|clerk|azure|entra|firebase|supabase",
    re.IGNORECASE,
)
PERSON = re.compile(
    r"user|account|member|person|principal|identity|customer|subject|claims|player|author(?!i)"
    r"|viewer|\bsub\b|\buid\b|login_required|require_login|(?:signed|logged)_?in",
    re.IGNORECASE,
)
NOT_EVERYBODY = re.compile(
    r"super|admin|staff|moderator|owner|optional|maybe|or_none|anonymous|refresh|reset|register"
    r"|create|websocket|totp|magic|(?:^|_)ws(?:_|$)",
    re.IGNORECASE,
)
FOR_SOME = re.compile(r"role|permission|scope|privilege", re.IGNORECASE)
SIGNED_IN = re.compile(
    r"current|active_?user|signed_?in|logged_?in|authenticated|^(?:get|require)_user$",
    re.IGNORECASE,
)
SCHEMES = re.compile(
    r"\b(OAuth2PasswordBearer|OAuth2AuthorizationCodeBearer|OpenIdConnect|HTTPBearer|HTTPBasic"
    r"|HTTPDigest|APIKeyHeader|APIKeyCookie|APIKeyQuery)\b"
)
ANY = re.compile("")
MOST_LOOKED_AT = 200
BY_CLAIM = ("sub", "user_id", "uid")  # What has such an attribute is a person, or their token.


def find_auth(sources: Sources, app: App | None, wanted: str | None = None) -> Auth:
    """The dependencies that give a required, ordinary user whose id can be told, best first.

    Raises:
        BadOption: `wanted` (MODULE:NAME) is not there.
    """
    uses = Uses(sources)
    counts = uses.counts()
    if wanted:
        return Auth((_wanted_user(uses, wanted, app),), _schemes(sources))
    ordered = sorted(counts, key=lambda each: (-counts[each], each.path or "", each.name))
    made = (_dependency(uses, each, counts[each], app) for each in ordered)
    found = tuple(each for each in made if each) or tuple(_or_nobody(uses, counts, app))
    found = found or _by_meaning(sources, app)
    found = _of_imports(sources, found, app)
    asked_for = () if found else (each for each in ordered if counts[each] > 0)
    not_used = (why for each in asked_for if (why := _why_not(uses, each, app)))
    return Auth(found, _schemes(sources), tuple(not_used), _rivals(found, counts))


def _of_imports(
    sources: Sources, found: tuple[UserDependency, ...], app: App | None
) -> tuple[UserDependency, ...]:
    """Those that the application imports, where it does not import all of them."""
    files = {each.file for each in found}
    if app is None or len(files) < 2:
        return found
    own = may_be_imported(sources, app, files)
    return tuple(each for each in found if each.file in own) or found


def _or_nobody(uses: Uses, counts: Counter[Symbol], app: App | None) -> Iterator[UserDependency]:
    """`get_current_user`, which gives None to whom a route then refuses, as the chat does."""
    asked = [each for each, count in counts.most_common() if count > 0]
    for symbol in asked:
        is_named = SIGNED_IN.search(symbol.last_name)
        if is_named and (found := _dependency(uses, symbol, counts[symbol], app, or_nobody=True)):
            yield replace(found, evidence=f"{found.evidence}; the chat refuses whom it gives None")


def _by_meaning(sources: Sources, app: App | None) -> tuple[UserDependency, ...]:
    """Dependencies of any name that give whom a credential names, such as `me` or `employee`."""
    uses = Uses(sources, names=ANY)
    counts = Counter(dict(uses.counts().most_common(MOST_LOOKED_AT)))
    found: dict[Symbol, UserDependency] = {}
    for each, count in counts.most_common():
        is_one = injected_function(sources, each) or is_of_fastapi_users(sources, each)
        if count > 0 and is_one and (made := _dependency(uses, each, count, app, by_meaning=True)):
            found[each] = made
    return tuple(made for each, made in found.items() if not _is_of_other(sources, each, found))


def _is_of_other(sources: Sources, symbol: Symbol, found: Mapping[Symbol, UserDependency]) -> bool:
    """Whether it gives something of the person whom another dependency knows."""
    function = injected_function(sources, symbol)
    asked = targets(sources, *function) if function else ()
    inner = (sources.resolve(each.file, syntax.dotted(each.value)) for each in asked)
    others = [found[each] for each in inner if each is not None and each in found]
    own = found[symbol].evidence.rpartition("; ")[2]
    return any(each.evidence.rpartition("; ")[2] != own for each in others)


def _wanted_user(uses: Uses, wanted: str, app: App | None) -> UserDependency:
    """The dependency that somebody named, whatever can be told of it."""
    module, _, name = wanted.partition(":")
    sources, root = uses.sources, app.directory if app else ""
    beside = app.file if app else "main.py"
    file = sources.file_of(beside, module)
    if app and syntax.module_name(app.file, root) == module:
        file = app.file
    symbol = sources.resolve(file, name) if file else None
    known = sources.definition(symbol) or sources.function(symbol)
    if file is None or symbol is None or known is None:
        raise BadOption(f"--current-user {wanted}: there is no such name in the project.")
    expression = user_id(sources, symbol, uses.consumers(symbol))
    return UserDependency(
        name=name,
        file=file,
        module=module,
        form=form_of(sources, symbol),
        user_id=expression.code if expression else "",
        evidence=f"named by --current-user; {expression.why if expression else 'it has an `id`'}",
    )


def _rivals(found: Sequence[UserDependency], counts: Counter[Symbol]) -> tuple[UserDependency, ...]:
    """Those that are asked for as often as the first, and give another kind of user."""
    if len(found) < 2:
        return ()
    used = [counts[Symbol(each.file, each.name)] for each in found]
    kinds = [each.evidence.partition("; ")[2] for each in found]
    rivals = [
        each
        for each, count, kind in zip(found, used, kinds, strict=True)
        if count == used[0] > 0 and (kind != kinds[0] or each.name == found[0].name)
    ]
    return (found[0], *(each for each in rivals if each != found[0])) if rivals[1:] else ()


def _files(sources: Sources, *words: bytes) -> tuple[str, ...]:
    return sources.holding(*words, aside=False)


def _schemes(sources: Sources) -> tuple[str, ...]:
    files = _files(sources, b"fastapi.security")
    return tuple(sorted({name for file in files for name in SCHEMES.findall(sources.text(file))}))


@dataclass
class Uses:
    """How often routes ask for each dependency whose name speaks of a user, or is among `names`."""

    sources: Sources
    names: re.Pattern[str] = USERISH
    defined_in: dict[str, set[str]] = field(default_factory=dict)

    @cached_property
    def injecting(self) -> tuple[str, ...]:
        return _files(self.sources, b"Depends(", b"Security(")

    def counts(self) -> Counter[Symbol]:
        counts: Counter[Symbol] = Counter()
        self._find_definitions()
        for file in self.injecting:
            counts.update(self._symbols(file, self._asked_for(file)))
        aliases = self._aliases()
        counts.subtract(symbol for by_file in aliases.values() for symbol in by_file.values())
        for file in _files(self.sources, *(name.encode() for name in aliases)):
            names = [a or b for a, b in TYPED.findall(self.sources.text(file))]
            counts.update(
                symbol for name in names if (symbol := self._target_of_alias(file, name, aliases))
            )
        self._set_dependencies_aside(counts)
        counts.update(dict.fromkeys(self._usual(), 0))
        return counts

    def _asked_for(self, file: str) -> Iterator[str]:
        text = self.sources.text(file)
        yield from (use[1] for use in (*asked_for(text), *IN_PLACE.finditer(text)))

    def _usual(self) -> Iterator[Symbol]:
        """`get_current_user` is what it says even where no route asks for it yet."""
        texts = map(self.sources.text, _files(self.sources, b".current_user"))
        is_asked = any(map(ASKED_OF_USERS.search, texts))
        for file in () if is_asked else _files(self.sources, b"FastAPIUsers["):
            owners = USERS.findall(self.sources.text(file))
            yield from (Symbol(file, f"{each}.current_user(active=True)") for each in owners)
        for file in self.injecting:
            for name in USUAL.findall(self.sources.text(file)):
                yield Symbol(file, name)

    def consumers(self, symbol: Symbol) -> Iterator[Consumer]:
        """The parameters and aliases that are annotated with what `symbol` gives."""
        for file in _files(self.sources, symbol.name.encode()):
            text = self.sources.text(file)
            for use in asked_for(text):
                if symbol not in self._symbols(file, [use[1]]):
                    continue
                before = text[max(0, use.start() - LONGEST_ANNOTATION) : use.start()]
                if found := CONSUMER.search(before):
                    yield Consumer(file, found[1] or found[3] or "", found[2] or found[4] or "")

    def _find_definitions(self) -> None:
        asked = (name for file in self.injecting for name in self._asked_for(file))
        wanted = {name.rpartition(".")[2] for name in asked}
        names = sorted(name.encode() for name in wanted if self.names.search(name))
        pattern = rb"(?m)^(?:(?:async\s+)?def\s+|class\s+)?(?:%s)\b" % b"|".join(names)
        for file in self.sources.mentioning(pattern, *names, aside=False) if names else ():
            for pair in DEFINED.findall(self.sources.text(file)):
                self.defined_in.setdefault(pair[0] or pair[1], set()).add(file)

    def _symbols(self, file: str, names: Iterable[str]) -> Iterator[Symbol]:
        for name in names:
            last = name.rpartition(".")[2]
            if not self.names.search(name):
                continue
            if name.endswith(")"):
                made = symbol_of(self.sources, file, cst.parse_expression(name))
                yield from (made,) if made and made.path else ()
                continue
            if "." in name and (method := self._method(file, name)):
                yield method
                continue
            places = self.defined_in.get(last, set())
            if len(places) == 1:
                yield Symbol(next(iter(places)), last)
            elif (symbol := self.sources.resolve(file, name)) and symbol.path:
                yield symbol

    def _method(self, file: str, name: str) -> Symbol | None:
        """`Control.is_authed` and `service.get_user`, or what a provider's instance has."""
        symbol = self.sources.resolve(file, name)
        is_method = symbol is not None and "." in symbol.name
        known = is_method and (self.sources.function(symbol) or provided(self.sources, symbol))
        return symbol if known else None

    def _aliases(self) -> dict[str, dict[str, Symbol]]:
        """By name, then by file: `CurrentUser = Annotated[User, Depends(get_current_user)]`."""
        found: dict[str, dict[str, Symbol]] = {}
        for file in self.injecting:
            for name, target in ALIAS.findall(self.sources.text(file)):
                for symbol in self._symbols(file, [target]):
                    found.setdefault(name, {})[file] = symbol
        return found

    def _target_of_alias(
        self, file: str, name: str, aliases: dict[str, dict[str, Symbol]]
    ) -> Symbol | None:
        by_file = aliases.get(name, {})
        if len(set(by_file.values())) == 1:
            return next(iter(by_file.values()))
        symbol = self.sources.resolve(file, name) if by_file else None
        return by_file.get(symbol.path or "") if symbol else None

    def _set_dependencies_aside(self, counts: Counter[Symbol]) -> None:
        """What only another dependency asks for, no route asks for."""
        for symbol in list(counts):
            function = injected_function(self.sources, symbol)
            for target in targets(self.sources, *function) if function else ():
                inner = self.sources.resolve(target.file, syntax.dotted(target.value))
                if inner is not None and inner in counts:
                    counts[inner] -= 1


def _dependency(
    uses: Uses,
    symbol: Symbol,
    count: int,
    app: App | None,
    *,
    or_nobody: bool = False,
    by_meaning: bool = False,
) -> UserDependency | None:
    sources = uses.sources
    if symbol.path is None or NOT_EVERYBODY.search(symbol.last_name):
        return None
    module = module_of(sources, symbol.path, app)
    known_by = _known_by(sources, symbol)
    is_known = module and known_by
    consumers = uses.consumers(symbol) if is_known else ()
    expression = user_id(sources, symbol, consumers, or_nobody=or_nobody) if is_known else None
    if not (module and known_by and expression):
        return None
    if _is_for_some(sources, symbol) or (expression.code == "user" and _is_token(sources, symbol)):
        return None
    function = injected_function(sources, symbol)
    if function and is_chosen_by_client(sources, *function):
        return None
    is_claim = expression.code.removeprefix("user.") in BY_CLAIM
    is_caller = by_meaning and (is_claim or (function and reads_identity(sources, *function)))
    if not (is_caller or _is_of_person(symbol, expression)):
        return None
    return UserDependency(
        name=symbol.name,
        file=symbol.path,
        module=module,
        form=form_of(sources, symbol),
        user_id=expression.code,
        evidence=f"asked for in {count} places; knows the caller by {known_by}; {expression.why}",
    )


def _is_of_person(symbol: Symbol, expression: Expression) -> bool:
    """Not of an organisation, a project or a client; `Admin.get_current` is whoever signed in,
    and so is a `current_doctor` who has a password."""
    owner, _, own = symbol.name.rpartition(".")
    is_itself = "current" in own and (owner == expression.of or expression.has_password)
    return is_itself or any(PERSON.search(each) for each in (symbol.name, expression.of))


def _why_not(uses: Uses, symbol: Symbol, app: App | None) -> str | None:
    sources = uses.sources
    is_theirs = symbol.path is not None and module_of(sources, symbol.path, app) is not None
    if not is_theirs or not SIGNED_IN.search(symbol.name) or NOT_EVERYBODY.search(symbol.name):
        return None
    if injected_function(sources, symbol) is None:  # Made by a library, of which nothing is read.
        return None
    if _known_by(sources, symbol) is None:
        why = "reads nothing that proves who is calling"
    elif _is_token(sources, symbol):
        why = "hands on the token or cookie itself, not whose it is"
    elif _is_for_some(sources, symbol):
        why = "lets only some of the users through"
    elif known := user_id(sources, symbol, uses.consumers(symbol)):
        why = f"gives a `{known.of}`, of which nothing says that it is who signed in"
    else:
        why = "may give no user, or does not tell what the user's id is"
    return f"`{symbol.name}` in `{symbol.path}` {why}"


def _is_for_some(sources: Sources, symbol: Symbol) -> bool:
    """`RoleChecker(["editor"])` lets only some of the signed-in users through."""
    held = sources.assigned(symbol)
    if held is None or provided(sources, symbol):
        return False
    return FOR_SOME.search(syntax.code(held)) is not None


def module_of(sources: Sources, file: str, app: App | None) -> str | None:
    """The name that the application imports a file by, where it can."""
    root = app.directory if app else sources.import_root(file)
    return syntax.module_name(file, root) if not root or file.startswith(f"{root}/") else None


def form_of(sources: Sources, symbol: Symbol) -> Literal["function", "instance"]:
    is_instance = isinstance(sources.definition(symbol), syntax.Assignment)
    return "instance" if is_instance else "function"


def _known_by(sources: Sources, symbol: Symbol) -> str | None:
    function = injected_function(sources, symbol)
    if function:
        return credential(sources, *function)
    if known := provided(sources, symbol):
        return known[0]
    return FASTAPI_USERS if is_of_fastapi_users(sources, symbol) else None


def _is_token(sources: Sources, symbol: Symbol) -> bool:
    function = injected_function(sources, symbol)
    return function is not None and passes_credential_on(sources, *function)
