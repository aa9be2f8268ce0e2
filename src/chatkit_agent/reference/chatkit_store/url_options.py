"""The options of a database URL, as SQLAlchemy, libpq, Prisma and others write them."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from pathlib import Path

# What asyncpg itself reads, and what a server takes at the start of a connection. All else it would
# send to the server as a setting, which then refuses the connection.
KNOWN = {
    *("host", "port", "dbname", "database", "user", "password", "passfile", "service"),
    *("sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword", "sslnegotiation"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version", "target_session_attrs"),
    *("krbsrvname", "gsslib", "application_name", "search_path", "options", "timezone", "role"),
    *("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit"),
    *("datestyle", "intervalstyle", "work_mem", "default_transaction_isolation"),
}
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
SESSIONS = ("any", "primary", "standby", "prefer-standby", "read-write", "read-only")
NEGOTIATIONS = ("postgres", "direct")
CHOICES = {"sslmode": MODES, "sslnegotiation": NEGOTIATIONS, "target_session_attrs": SESSIONS}
OTHER_MODES = {
    **dict.fromkeys(("true", "1", "on", "yes", "no-verify"), "require"),
    **dict.fromkeys(("false", "0", "off", "no"), "disable"),
}
SYSTEM = "system"
FILES = ("sslrootcert", "sslcert", "sslkey")
ROOT_CERTIFICATE = "~/.postgresql/root.crt"


class WrongOption(Exception):
    """An option cannot be used. The message names it, and the cure."""


def known_options(options: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What asyncpg takes of these, and the names of what is left out."""
    named = {name.lower(): value for name, value in options.items()}
    taken = {name: value for name, value in named.items() if name in KNOWN}
    if "ssl" in named:
        taken.setdefault("sslmode", named["ssl"])
    for name in CHOICES.keys() & taken.keys():
        choice = taken[name].lower().replace("_", "-")
        taken[name] = OTHER_MODES.get(choice, choice) if name == "sslmode" else choice
    left_out = sorted(name for name in options if name.lower() not in {*taken, "ssl"})
    if taken.get("sslrootcert") == SYSTEM:
        # libpq checks the host's name too, whenever it trusts the authorities of the system.
        del taken["sslrootcert"]
        taken["sslmode"] = "verify-full"
    return taken, left_out


def check_options(options: Mapping[str, str]) -> None:
    """Raises WrongOption where no connection could be made as it is asked for."""
    for name, values in CHOICES.items():
        if options.get(name, values[0]) not in values:
            raise WrongOption(f"{name} has to be one of {', '.join(values)}")
    mode = options.get("sslmode") or os.environ.get("PGSSLMODE", "prefer")
    for name in FILES:
        path = options.get(name, "")
        if path and path != SYSTEM and not Path(path).expanduser().is_file():
            raise WrongOption(f"the file of {name} is not there, or cannot be read: {path}")
    negotiation = options.get("sslnegotiation") or os.environ.get("PGSSLNEGOTIATION")
    if negotiation == "direct" and mode in MODES[:3]:
        raise WrongOption("sslnegotiation=direct needs sslmode=require, or one that checks more")
    root = options.get("sslrootcert") or os.environ.get("PGSSLROOTCERT")
    if mode.startswith("verify") and not root and not Path(ROOT_CERTIFICATE).expanduser().is_file():
        raise WrongOption(
            f"sslmode={mode} needs an authority's certificate: add sslrootcert=/path/to/ca.crt, "
            "or sslrootcert=system for those that the system trusts"
        )


def context_for(options: Mapping[str, str]) -> ssl.SSLContext | None:
    """Where the authorities are the system's: asyncpg would look for a file of that name."""
    wants_system = options.get("sslrootcert") == SYSTEM
    return ssl.create_default_context() if wants_system else None


def tls_problem(error: Exception) -> str:
    """Why a connection is not encrypted as it is asked for; empty where it is not that."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"asks for a checked certificate, and the database's was not accepted "
            f"({error}). Set sslrootcert to its authority's file"
        )
    if isinstance(error, ssl.SSLError):
        return f"asks for TLS, which failed ({error})"
    if "rejected SSL upgrade" in str(error):
        return "asks for TLS, which this database has turned off. Set sslmode=disable without it"
    return ""
