"""Addresses: the services that a text names, and the same text without any of the owner's."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote, urlencode

from chatkit_agent.sandbox.isolation.substitutes import DATABASE_FILE, Substitutes

URL = re.compile(
    r"(?<![\w+.-])([A-Za-z][\w+.\-]*)://((?:(?![,;|]\s*[A-Za-z][\w+.\-]*://)[^\s\"'<>`])*)"
)
POSTGRES = re.compile(
    r"(?:postgres(?:ql)?|postgis|pgsql|psql|psycopg[23]?|asyncpg|aiopg|timescale(?:db)?|pg)(?:\+\w+)?",
    re.IGNORECASE,
)
REDIS = re.compile(r"((?:async\+)?(?:redis|valkey))s?", re.IGNORECASE)
SQLITE = re.compile(r"(?:sqlite3?|aiosqlite|duckdb|sqlcipher|pysqlite)(?:\+\w+)?", re.IGNORECASE)
FILE_URI = re.compile(r"(/?file:(?://(?:localhost)?(?=/))?)(.+)")
"""What SQLite opens with `uri=true`."""
WEB = re.compile(r"(?:https?|wss?)", re.IGNORECASE)
INERT = {"s3", "s3a", "gs", "gcs", "file", "urn", "data", "memory", "mem", "locmem", "git", "about"}
KEYWORD = re.compile(r"(\w+)\s*=\s*('(?:\\.|[^'\\])*'|[^\s';]*)")
ADO_HOST = re.compile(
    r"(?i)\b(server|data source|address|addr|host|hostname|network address|endpointsuffix)"
    r"(\s*=\s*)([^;]+)"
)
ADO_SECRET = re.compile(r"(?i)\b(password|pwd|accountkey|sharedaccesskey)(\s*=\s*)([^;]+)")
HOST_PORT = re.compile(
    r"(?:(?:dns|ipv[46]|passthrough):)?"
    r"(?:[A-Za-z0-9_][\w.-]*|\d+(?:\.\d+){3}|\[[0-9a-fA-F:.]+\]):\d{2,5}(?P<tail>/[\w.-]*)?"
)
PLACES = re.compile(r"(?:\[[^\]]*\]|[^:@,\[]*)(?::\d*)?(?:,(?:\[[^\]]*\]|[^:@,\[]*)(?::\d*)?)*")
"""Hosts with their ports, and nobody's name or password."""
QUERY = re.compile(r"\?|;(?=\s*\w+\s*=)")
"""Where options begin: `;` for SQL Server and Azure."""
TAIL = re.compile(r"[/?#]|;(?=\s*\w+\s*=)")
AMBIGUOUS = re.compile(r"[/?#@;\\]")
"""After which not every reader of a URL still sees who and where."""
# What stands behind the scheme of a URL that the source puts together.
WITHOUT_SCHEME = re.compile(
    r"[^\s:/@]+:[^\s@]+@(?:[\w-]+(?:\.[\w-]+)+(?::\d+)?|[\w-]+:\d+|\[[0-9a-fA-F:.]+\](?::\d+)?|"
    r"localhost|[\w-]+(?=/\w))(?:[/?]\S*)?"
)
OF_DATABASE = re.compile(r"db|database|sql|postgres|pg", re.IGNORECASE)
ORACLE_HOST = re.compile(r"(\(\s*HOST\s*=\s*)([^)\s]+)", re.IGNORECASE)
ODBC = re.compile(r"(odbc_connect=)([^&\s\"']+)")
IN_QUERY = re.compile(
    r"([?&;](?:\w*(?:password|passwd|pwd|secret|token|signature|sig|key))=)([^&;#\s]{6,})",
    re.IGNORECASE,
)
SOCKET_IN_QUERY = re.compile(r"([?&;](?:unix_?sock(?:et)?|socket)=)([^&;#\s]+)", re.IGNORECASE)
HOST_IN_QUERY = re.compile(r"([?&;](?:host|hostaddr|server)=)([^&;#\s]+)", re.IGNORECASE)
RESOLVERS = {"dns", "ipv4", "ipv6", "passthrough", "xds"}
"""Of gRPC: the host stands where others have a path."""
TEMPLATE = re.compile(r"[{}<>]|\$\(|%\(")
# Of another server, or of an encrypted connection to it.
OF_REDIS = re.compile(r"(?:ssl\w*|host|port|username|password)=", re.IGNORECASE)
LEFT_OUT = {
    *("host", "hostaddr", "port", "unix_sock", "service", "servicefile", "passfile", "requiressl"),
    *(
        "ssl",
        "sslmode",
        "sslcert",
        "sslkey",
        "sslrootcert",
        "sslcrl",
        "sslpassword",
        "sslnegotiation",
    ),
    *("channel_binding", "gssencmode", "krbsrvname", "target_session_attrs", "require_auth"),
    *("load_balance_hosts", "sslaccept", "ssl_min_protocol_version"),
}
KINDS = {
    "redis": "Redis",
    "rediss": "Redis",
    "valkey": "Valkey",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "mssql": "SQL Server",
    "oracle": "Oracle",
    "amqp": "AMQP broker",
    "amqps": "AMQP broker",
    "pyamqp": "AMQP broker",
    "mongodb": "MongoDB",
    "smtp": "mail server",
    "smtps": "mail server",
    "smtp+tls": "mail server",
    "kafka": "Kafka",
    "nats": "NATS",
    "http": "HTTP service",
    "https": "HTTP service",
    "ws": "HTTP service",
    "wss": "HTTP service",
}
PORTS = {
    "http": "80",
    "https": "443",
    "ws": "80",
    "wss": "443",
    "redis": "6379",
    "rediss": "6379",
    "mysql": "3306",
    "mariadb": "3306",
    "amqp": "5672",
    "amqps": "5671",
    "pyamqp": "5672",
    "mongodb": "27017",
    "smtp": "25",
    "smtps": "465",
    "kafka": "9092",
    "nats": "4222",
    "postgres": "5432",
    "postgresql": "5432",
    "mssql": "1433",
    "ldap": "389",
    "ftp": "21",
}
IS_REDIS = ("Redis", "Valkey")
# Who may call or sign, and where people are sent: nobody connects to these.
NOT_CALLED = re.compile(
    r"origin|cors|(?:^|[_.])iss(?:uer)?$|(?:^|[_.])aud(?:ience)?$|allowed|trusted|frontend|"
    r"redirect|callback|namespace|(?:terms|docs|license)_url",
    re.IGNORECASE,
)
BOUND = re.compile(r"bind|listen", re.IGNORECASE)
APPLICATION = "app"
"""The role and the database of who names none."""


def without_services(name: str, text: str, given: Substitutes) -> str:
    """The text with databases that are lent, files that are copied, and services that are away."""
    if not (TEMPLATE.search(text) and "://" in text):
        if _is_keywords(text):
            return _lent_keywords(name, text, given)
        if ";" in text and ADO_HOST.search(text) and "://" not in text:
            return _closed_ado(name, text, given)
    if ORACLE_HOST.search(text):
        return ORACLE_HOST.sub(lambda at: f"{at[1]}{given.nowhere(name, 'Oracle', at[2])}", text)
    if ODBC.search(text):
        return ODBC.sub(lambda at: f"{at[1]}{_closed_odbc(name, at[2], given)}", text)
    if "://" in text:
        return URL.sub(lambda found: _without_service(name, found, given), text)
    if WITHOUT_SCHEME.fullmatch(text.strip()) and not TEMPLATE.search(text):
        return _without_scheme(name, text, given)
    return _closed_hosts(name, text, given)


def _without_scheme(name: str, text: str, given: Substitutes) -> str:
    host = text.rpartition("@")[2]
    if OF_DATABASE.search(name) or ":5432" in host:
        return _substitute(name, text, given)
    return _closed_address(name, "", text, given)


def _closed_odbc(name: str, text: str, given: Substitutes) -> str:
    return quote(_closed_ado(name, unquote(text.replace("+", " ")), given), safe="")


def _without_service(name: str, found: re.Match[str], given: Substitutes) -> str:
    scheme, rest = found.group(1), found.group(2)
    ends = re.search(r"[\])}]+$", rest) if "[" not in rest and "(" not in rest else None
    tail = ends.group() if ends and not rest.count("{") else ""
    rest = rest.removesuffix(tail) if tail else rest
    if TEMPLATE.search(rest):
        return found.group()
    if POSTGRES.fullmatch(scheme):
        return f"{scheme}://{_substitute(name, rest, given)}{tail}"
    if SQLITE.fullmatch(scheme):
        return f"{scheme}://{_file_copy(rest, given)}{tail}"
    # The one that is lent speaks without encryption.
    if (plain := REDIS.fullmatch(scheme)) and (lent := _lent_redis(name, rest, given)):
        return f"{plain[1]}://{lent}{tail}"
    return f"{scheme}://{_closed_address(name, scheme.lower(), rest, given)}{tail}"


def _substitute(name: str, rest: str, given: Substitutes) -> str:
    authority, path, query, fragment = _parts_of(rest)
    who = authority.rpartition("@")[0]
    user, database = unquote(who.partition(":")[0]), unquote(path.lstrip("/"))
    options = [pair.partition("=")[::2] for pair in query.split("&") if pair]
    known = {key: unquote(value.replace("+", " ")) for key, value in options}
    user = user or known.get("user") or APPLICATION
    database = database or known.get("dbname") or known.get("database") or user
    lender = given.lend(name, user, database)
    own = {"user": user, "password": lender.password}
    kept = [(key, own.get(key, known[key])) for key, _ in options if _is_kept(key, known[key])]
    asked = f"?{urlencode(kept, quote_via=quote)}" if kept else ""
    return (
        f"{quote(user, safe='')}:{quote(lender.password)}@{lender.host}:{lender.port}"
        f"/{quote(database, safe='')}{asked}{fragment}"
    )


def _is_kept(option: str, value: str) -> bool:
    of_a_cloud = option == "options" and ("endpoint" in value or "project" in value)
    return option.lower() not in LEFT_OUT and not of_a_cloud


def _lent_redis(name: str, rest: str, given: Substitutes) -> str | None:
    """None: it is none, or several."""
    authority, path, query, fragment = _parts_of(rest)
    is_one = "," not in authority.rpartition("@")[2] and (authority or path.lstrip("/").isdigit())
    lent = given.lend_redis(name) if is_one else None
    if lent is None:
        return None
    kept = "&".join(each for each in query.split("&") if each and not OF_REDIS.match(each))
    return f"{lent.authority}{path}{'?' if kept else ''}{kept}{fragment}"


def _file_copy(rest: str, given: Substitutes) -> str:
    path, mark, query = rest.partition("?")
    if not path.strip("/") or ":memory:" in path or "mode=memory" in query:
        return rest
    if found := FILE_URI.fullmatch(path):
        place = given.file(found[2])
        return f"{found[1]}{place}{mark}{query}" if place else rest
    is_absolute = path.startswith("//")
    meant = path[1:] if path.startswith("/") else path
    if not is_absolute and _is_absolute(path, given):
        meant = path
    place = given.file(meant)
    if place is None:
        return rest
    return f"/{place}{mark}{query}" if is_absolute or meant != path else f"{place}{mark}{query}"


def _is_absolute(path: str, given: Substitutes) -> bool:
    """Some take `sqlite:///srv/app.db` for an absolute path, and most for a relative one."""
    beside = given.root / given.cwd / path.lstrip("/")
    return path.startswith("/") and Path(path).is_file() and not beside.exists()


def _closed_address(name: str, scheme: str, rest: str, given: Substitutes) -> str:
    is_web = WEB.fullmatch(scheme) is not None
    authority, path, query, fragment = _parts_of(rest, is_web)
    tail = f"{path}{'?' if query else ''}{query}{fragment}"
    tail = IN_QUERY.sub(lambda at: f"{at[1]}{given.credential(at[2])}", tail)
    if not is_web:
        tail = SOCKET_IN_QUERY.sub(lambda at: f"{at[1]}{quote(given.socket_path())}", tail)
        tail = HOST_IN_QUERY.sub(
            lambda at: f"{at[1]}{given.nowhere(name, kind_of(scheme), unquote(at[2]))}", tail
        )
    if scheme in RESOLVERS and not authority:
        return f"/{given.refused(name, 'gRPC service', path.lstrip('/'))}"
    if "unix" in scheme or "socket" in scheme or (not authority and path.endswith(".sock")):
        return given.socket_path() if not authority else quote(given.socket_path(), safe="")
    if scheme in INERT or (is_web and NOT_CALLED.search(name)):
        return rest
    if not authority:
        return tail
    who, at, hosts = authority.rpartition("@")
    kind, was = kind_of(scheme), _place_shown(scheme, hosts)
    if scheme.endswith("+srv"):
        return f"{_stand_in(scheme, who, given)}{at}{given.nowhere(name, kind, was)}{tail}"
    return f"{_stand_in(scheme, who, given)}{at}{given.refused(name, kind, was)}{tail}"


def kind_of(scheme: str) -> str:
    base = scheme.partition("+")[0]
    return KINDS.get(scheme) or KINDS.get(base) or base


def _place_shown(scheme: str, hosts: str) -> str:
    first = hosts.split(",")[0]
    port = PORTS.get(scheme.partition("+")[0])
    is_bare = not re.search(r":\d+$", first)
    return f"{first}:{port}" if is_bare and port else first


def _stand_in(scheme: str, who: str, given: Substitutes) -> str:
    user, mark, password = who.partition(":")
    if WEB.fullmatch(scheme):
        user = given.credential(user)
    return AMBIGUOUS.sub("_", user) + mark + AMBIGUOUS.sub("_", given.credential(password))


def _parts_of(rest: str, is_web: bool = False) -> tuple[str, str, str, str]:
    """The authority, the path, the query and the fragment; a password may hold any of `/?#`."""
    begins = TAIL.search(rest, _end_of_who(rest, is_web))
    authority, tail = (rest[: begins.start()], rest[begins.start() :]) if begins else (rest, "")
    tail, mark, fragment = tail.partition("#")
    path, _, query = tail.partition("?")
    return authority, path, query, f"{mark}{fragment}"


def _end_of_who(rest: str, is_web: bool) -> int:
    """Behind the `@` that ends the name and the password; 0: there are none."""
    head = TAIL.split(rest, maxsplit=1)[0]
    is_place = PLACES.fullmatch(head) is not None
    # A path may hold an `@` as well, and on the web what stands before it is always a host.
    if is_web and (is_place or "@" in head):
        return head.rfind("@") + 1
    query = QUERY.search(rest, 0 if is_place else max(rest.find("@"), 0))
    return rest.rfind("@", 0, query.start() if query else len(rest)) + 1


def _is_keywords(text: str) -> bool:
    """`host=db dbname=shop user=me`, as libpq takes it."""
    found = KEYWORD.findall(text)
    names = {key for key, _ in found}
    if not names & {"dbname", "service"} and not {"host", "user"} <= names:
        return False
    return not KEYWORD.sub("", text).strip()


def _lent_keywords(name: str, text: str, given: Substitutes) -> str:
    found = dict(KEYWORD.findall(text))
    user = found.get("user", "").strip("'") or APPLICATION
    database = found.get("dbname", "").strip("'") or user
    if "://" in database:
        database = APPLICATION
    lender = given.lend(name, user, database)
    dropped = {*LEFT_OUT, "user", "password", "dbname"}
    kept = [f"{key}={value}" for key, value in found.items() if key not in dropped]
    ours = f"host={lender.host} port={lender.port} password={lender.password}"
    return " ".join([ours, f"user={_quote(user)}", f"dbname={_quote(database)}", *kept])


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return text if re.fullmatch(r"[\w.-]+", text) else f"'{escaped}'"


def _closed_ado(name: str, text: str, given: Substitutes) -> str:
    def host(found: re.Match[str]) -> str:
        nobody = given.nowhere(name, "database", found.group(3).strip())
        return f"{found.group(1)}{found.group(2)}{nobody}"

    def secret(found: re.Match[str]) -> str:
        return f"{found.group(1)}{found.group(2)}{given.credential(found.group(3))}"

    return ADO_SECRET.sub(secret, ADO_HOST.sub(host, text))


def _closed_hosts(name: str, text: str, given: Substitutes) -> str:
    """`one:9092,two:9092`, or with spaces as memcached's are."""
    parts = re.split(r"[\s,;]+", text.strip())
    is_bound = BOUND.search(name) or NOT_CALLED.search(name)
    if is_bound or not all(HOST_PORT.fullmatch(part) for part in parts):
        return text
    hosts = [part.rpartition(":")[0] for part in parts]
    if any(host.isdigit() or host == "0.0.0.0" for host in hosts) or name.upper() == "PATH":
        return text
    tail = HOST_PORT.fullmatch(parts[-1])["tail"] or ""  # type: ignore[index]
    kind = _kind_by_name(name)
    is_redis = len(parts) == 1 and (kind in IS_REDIS or parts[0].endswith(":6379"))
    if is_redis and (lent := given.lend_redis(name)):
        return f"{lent.host}:{lent.port}{tail}"
    return f"{given.refused(name, kind, text)}{tail}"


def _kind_by_name(name: str) -> str:
    lower = name.lower()
    return next((kind for word, kind in KINDS.items() if word in lower), "service")


def is_database_file(text: str) -> bool:
    return bool(DATABASE_FILE.search(text)) and "://" not in text and "\n" not in text
