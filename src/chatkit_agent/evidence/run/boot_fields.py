"""Says of pydantic's settings which variables fill a field, and what such a field would accept.

It is a part of `boot_script`, and runs on the application's own Python: nothing is imported but the
standard library.
"""

from __future__ import annotations

import collections.abc
import datetime
import enum
import ipaddress
import json
import os
import sys
import traceback
import typing
import uuid
from typing import Any

DEEPEST = 4
BOUNDS = ("ge", "gt", "le", "lt", "min_length", "max_length", "allowed_schemes")
LISTS = (list, tuple, set, frozenset, collections.abc.Sequence, collections.abc.Set)
SAMPLES: dict[Any, str] = {
    datetime.datetime: "2020-01-01T00:00:00",
    datetime.date: "2020-01-01",
    datetime.time: "00:00:00",
    datetime.timedelta: "PT1H",
    uuid.UUID: "00000000-0000-4000-8000-000000000000",
    ipaddress.IPv6Address: "::1",
    ipaddress.IPv4Address: "127.0.0.1",
}
BY_NAME = {
    "EmailStr": "somebody@example.com",
    "NameEmail": "somebody@example.com",
    "DirectoryPath": ".",
    "ByteSize": "1000",
    "Json": "{}",
    "Color": "black",
    "IPvAnyAddress": "127.0.0.1",
    "IPvAnyNetwork": "127.0.0.0/8",
}


def of_settings(error: BaseException) -> list[dict[str, Any]]:
    """The fields that have no value, and those whose value was refused."""
    if type(error).__name__ != "ValidationError" or not callable(getattr(error, "errors", None)):
        return []
    kind = _settings_of(error)
    found: list[dict[str, Any]] = []
    for each in _errors(error) if kind is not None else ():
        if not each["loc"] or each["loc"] == ("__root__",):
            found += [{**lack, "keyed": True} for lack in _unset_fields(kind)]
        is_missing = each["type"] in ("missing", "value_error.missing")
        path = [str(part) for part in each["loc"]]
        # A validator may refuse the default.
        defaults = [f.default for f in fields_of(kind) if path and f.is_at(path[0])]
        is_default = len(path) == 1 and each.get("input", each) in defaults
        for lack in _at(kind, path):
            is_unset = is_missing or (is_default and not _is_set(lack))
            found.append({**lack, "refused": not is_unset})
    return found


def _is_set(lack: dict[str, Any]) -> bool:
    names = [name.lower() for name in lack["names"]]
    return any(name.lower() in names for name in os.environ)


def _errors(error: Any) -> Any:
    return error.errors()


def messages(error: Any) -> str:
    """What was refused and why, without what was given."""
    if type(error).__name__ != "ValidationError" or not callable(getattr(error, "errors", None)):
        return ""
    return "\n".join(f"{each['loc']} {each['msg']}" for each in _errors(error))


def _unset_fields(kind: Any) -> Any:
    """What a class reads besides, where it is refused as a whole: an example may say it."""
    for field in fields_of(kind):
        for lack in _at(kind, [field.name]):
            if not _is_set(lack):
                yield {**lack, "empty": field.is_empty, "plain": type(field.default) is str}


def unset() -> Any:
    """The same of every settings class that is loaded."""
    modules = [sys.modules.get(name) for name in ("pydantic_settings", "pydantic.v1", "pydantic")]
    found = [vars(each).get("BaseSettings") for each in modules if each is not None]
    kinds: list[Any] = [each for each in found if isinstance(each, type)]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        yield from _unset_fields(kind)


def _settings_of(error: Any) -> Any:
    """The class that was made in vain."""
    model = getattr(error, "model", None)  # of pydantic 1
    kinds = [model] if isinstance(model, type) else []
    plain: list[Any] = []
    for frame, _ in traceback.walk_tb(error.__traceback__):
        held = frame.f_locals
        made = [type(held[name]) for name in ("__pydantic_self__", "self") if name in held]
        kinds += made
        plain += made if _is_environment(held.get("data")) else []
        plain += [held.get("cls")] if _is_environment(held.get("obj")) else []
    found = next((each for each in reversed(kinds) if is_settings(each)), None)
    return found or next((each for each in reversed(plain) if is_model(each)), None)


def _is_environment(given: Any) -> bool:
    """Whether a model is filled from all variables: `Config(**os.environ)`."""
    is_whole = isinstance(given, collections.abc.Mapping) and "PATH" in given
    return is_whole and given["PATH"] == os.environ.get("PATH")


def is_settings(kind: type) -> bool:
    return any(each.__name__ == "BaseSettings" for each in kind.__mro__[1:])


class Field:
    """A field, as pydantic 1 and 2 both know one."""

    def __init__(self, name: str, held: Any, options: Any) -> None:
        self.name = name
        info = getattr(held, "field_info", held)  # of pydantic 1
        self.default = getattr(held, "default", None)
        self.kind = getattr(held, "annotation", None)
        self.kind = getattr(held, "outer_type_", self.kind)
        required = getattr(held, "is_required", None)
        self.is_required = bool(required() if callable(required) else held.required)
        self.marks = [*getattr(held, "metadata", ()), info]
        self.aliases = _aliases(held, info, options)

    def variables(self, prefix: str) -> list[str]:
        return self.aliases or [f"{prefix}{self.name}"]

    @property
    def is_empty(self) -> bool:
        """Whether nothing fills it, as where its default is None or an empty secret."""
        secret = getattr(self.default, "get_secret_value", None)
        return self.is_required or (secret() if secret else self.default) in (None, "")

    def is_at(self, name: str) -> bool:
        return name == self.name or name in self.aliases


def _aliases(held: Any, info: Any, options: Any) -> list[str]:
    extra = getattr(info, "extra", None) or {}
    if extra.get("env_names"):
        return sorted(extra["env_names"])
    given = getattr(held, "validation_alias", None) or getattr(held, "alias", None)
    if hasattr(held, "field_info") and not getattr(held, "has_alias", False):
        given = None
    return _names(given)


def _names(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    if hasattr(given, "choices"):
        return [name for each in given.choices for name in _names(each)]
    path = getattr(given, "path", None)
    return [path[0]] if path and isinstance(path[0], str) and len(path) == 1 else []


def fields_of(kind: Any) -> list[Field]:
    known = kind.__dict__.get("model_fields") or getattr(kind, "model_fields", None)
    known = getattr(kind, "__fields__", None) or {} if known is None else known
    options = _options(kind)
    return [Field(name, held, options) for name, held in known.items()]


def _options(kind: Any) -> Any:
    """What a class says of itself, by name."""
    config = getattr(kind, "model_config", None)
    if isinstance(config, dict):
        return config
    return {n: getattr(kind.__config__, n) for n in dir(kind.__config__) if n[0] != "_"}


def _at(kind: Any, path: list[str]) -> list[dict[str, Any]]:
    """What fills the field at a path such as `database`, `url`."""
    options = _options(kind)
    prefix, delimiter = options.get("env_prefix") or "", options.get("env_nested_delimiter")
    exact = bool(options.get("case_sensitive")) or not is_settings(kind)
    for field in fields_of(kind) if path else ():
        if field.is_at(path[0]):
            names = field.variables(prefix)
            return list(_lacks(names, field, path[1:], delimiter, exact, DEEPEST))
    return []


def _lacks(
    names: list[str], field: Field, path: list[str], delimiter: Any, exact: bool, deep: int
) -> Any:
    kind, marks = innermost_type(field.kind, field.marks)
    if delimiter and is_model(kind) and deep:
        inner = [each for each in fields_of(kind) if not path or each.is_at(path[0])]
        for each in inner:
            if path or each.is_required:
                below = [f"{name}{delimiter}{each.name}" for name in names]
                yield from _lacks(below, each, path[1:], delimiter, exact, deep - 1)
        return
    yield {"names": names, "exact": exact, **what_fits(kind, marks)}


def is_model(kind: Any) -> bool:
    return isinstance(kind, type) and any(each.__name__ == "BaseModel" for each in kind.__mro__)


def innermost_type(kind: Any, marks: list[Any]) -> tuple[Any, list[Any]]:
    """The type within `Annotated[...]`, `Optional[...]` and the first of a union."""
    while True:
        if hasattr(kind, "__metadata__"):
            kind, marks = kind.__origin__, [*marks, *kind.__metadata__]
        elif typing.get_origin(kind) is typing.Union or type(kind).__name__ == "UnionType":
            kind = next(each for each in typing.get_args(kind) if each is not type(None))
        elif hasattr(kind, "__supertype__"):
            kind = kind.__supertype__
        else:
            return kind, marks


def what_fits(kind: Any, marks: list[Any]) -> dict[str, Any]:
    """A value that such a field takes, or what is to be known for making one."""
    bounds = {name: _bound_of(name, kind, marks) for name in BOUNDS}
    schemes = bounds["allowed_schemes"]
    found: dict[str, Any] = {"value": sample(kind, bounds, DEEPEST)}
    found["shortest"], found["longest"] = bounds["min_length"], bounds["max_length"]
    found["schemes"] = sorted(schemes) if schemes else []
    found["url"] = "Url" in getattr(kind, "__name__", "") or "Dsn" in getattr(kind, "__name__", "")
    return found


def _bound_of(name: str, kind: Any, marks: list[Any]) -> Any:
    places = [*marks, kind, getattr(kind, "_constraints", None)]
    given = (getattr(each, name, None) for each in places)
    return next((each for each in given if isinstance(each, (int, float, list, set, tuple))), None)


def sample(kind: Any, bounds: dict[str, Any], deep: int) -> str | None:
    """As text of the environment; None for what any text may be."""
    made = _sample_of(kind, bounds, deep)
    return made if made is None or isinstance(made, str) else json.dumps(made)


def _sample_of(kind: Any, bounds: dict[str, Any], deep: int) -> Any:
    origin = typing.get_origin(kind) or kind
    if type(kind).__name__ == "_LiteralGenericAlias" or origin is getattr(typing, "Literal", 0):
        return _plain(typing.get_args(kind)[0])
    if not isinstance(origin, type):
        return None
    if issubclass(origin, enum.Enum):
        return _plain(next(iter(origin)).value)
    if issubclass(origin, bool):
        return False
    if issubclass(origin, (int, float)) or origin.__name__ == "Decimal":
        return _number(bounds)
    known = next((SAMPLES[each] for each in SAMPLES if issubclass(origin, each)), None)
    known = known or BY_NAME.get(origin.__name__)
    if known is not None or issubclass(origin, (str, bytes, os.PathLike)) or not deep:
        return known
    if is_model(origin):
        return {
            (field.aliases or [field.name])[0]: _inner(
                *innermost_type(field.kind, field.marks), deep
            )
            for field in fields_of(origin)
            if field.is_required
        }
    if issubclass(origin, (dict, collections.abc.Mapping)):
        return {}
    if issubclass(origin, LISTS):
        inner = [each for each in typing.get_args(kind) if each is not Ellipsis]
        count = len(inner) if issubclass(origin, tuple) and inner else bounds["min_length"] or 0
        return [
            _inner(*innermost_type((inner or [str])[n % len(inner or [0])], []), deep)
            for n in range(count)
        ]
    return None


def _inner(kind: Any, marks: list[Any], deep: int) -> Any:
    bounds = {name: _bound_of(name, kind, marks) for name in BOUNDS}
    made = _sample_of(kind, bounds, deep - 1)
    return "x" * max(1, bounds["min_length"] or 1) if made is None else made


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def _number(bounds: dict[str, Any]) -> Any:
    low = bounds["ge"] if bounds["ge"] is not None else bounds["gt"]
    high = bounds["le"] if bounds["le"] is not None else bounds["lt"]
    if low is None:
        return 1 if high is None or high > 1 else int(high) - 1
    step = 0 if bounds["ge"] is not None else 1
    made = low + step
    return made if high is None or made <= high else (low + high) / 2
