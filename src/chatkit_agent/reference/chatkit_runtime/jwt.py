"""Who is asking: the subject of a verified token, or one local user where that was asked for."""

import asyncio
import ipaddress
import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from time import monotonic
from typing import Annotated, Any, ClassVar, Literal

import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import Field, SecretStr

from ..chatkit_store import Caller, Settings
from .checked_values import Url
from .error_responses import Refused
from .settings import ConfigurationError, lacking

logger = logging.getLogger(__name__)

LEEWAY = 30
KEYS_LIFETIME = 300
REFRESH_PAUSE = 10
# Which algorithms a key of a type may verify. Shared secrets have no place among public keys.
ALGORITHMS = {
    "RSA": {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
    "EC": {"ES256", "ES384", "ES512"},
    "OKP": {"EdDSA"},
}
# Old versions of the library also let through what a token of any depth, or without end, raises.
UNREADABLE = (jwt.PyJWTError, TypeError, ValueError, OverflowError, RecursionError)
SIGNED = {"HS256", "HS384", "HS512"}.union(*ALGORITHMS.values())
USES = (None, "sig")
ANY = "any"
# A provider signs the tokens of all its customers' applications with the same keys.
WHOSE_TOKENS = (
    "{audience} to whom tokens have to be for, or {issuer} to who has to have issued them "
    f"({{audience}}={ANY} believes each token of these keys)"
)


# Seen by FastAPI, which does not find the names of a callable object's postponed annotations.
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


class TokenSettings(Settings):
    """Whose tokens are believed."""

    secret_variable: ClassVar[str] = ""
    """Where the secret is read, if not from the chat's own JWT_SECRET."""

    auth: Literal["jwt", "none"] = "jwt"
    jwt_secret: SecretStr | None = None
    jwt_algorithm: str = "HS256"
    """Of tokens that the secret signs."""
    jwks_url: Url | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    """Whom a token has to be for; `any` where each of the issuer's tokens may be believed."""
    jwt_user: str = "sub"
    """The claim that names the user; `user.email` is one within another."""
    jwt_organization: str = ""
    """The claim that names the user's organisation, which is kept with each conversation."""
    jwt_header: str = Field(default="Authorization", pattern=r"^[A-Za-z0-9_-]+$")
    jwt_scheme: str = "Bearer"
    """What stands before the token in that header."""
    jwt_cookie: str = ""
    """The cookie that has the token where no header does."""

    def missing(self) -> list[str]:
        if self.auth == "none":
            _warn_of_nobody(self.variable("AUTH"))
            return []
        if self.jwt_algorithm not in SIGNED:
            return [f"{self.variable('JWT_ALGORITHM')} right (one of {', '.join(sorted(SIGNED))})"]
        if self.jwks_url:
            return [] if self.jwt_issuer or self.jwt_audience else [self._whose_tokens()]
        if self.jwt_secret is None:
            return [f"{self._secret} or {self.variable('JWKS_URL')}"]
        if len(self.jwt_secret.get_secret_value().encode()) < 32:
            return [f"{self._secret} of at least 32 bytes"]
        return []

    @property
    def _secret(self) -> str:
        return self.secret_variable or self.variable("JWT_SECRET")

    def _whose_tokens(self) -> str:
        audience, issuer = self.variable("JWT_AUDIENCE"), self.variable("JWT_ISSUER")
        return WHOSE_TOKENS.format(audience=audience, issuer=issuer)


@lru_cache
def _warn_of_nobody(variable: str) -> None:
    logger.warning("%s=none: all callers are one and the same user", variable)


def _not_signed_in(message: str) -> Refused:
    return Refused(401, "not_signed_in", message)


class TokenUser:
    """A dependency: the user of the request's bearer token, or everybody as one local user."""

    settings_type: type[TokenSettings] = TokenSettings

    def __init__(self, settings: type[TokenSettings] | None = None) -> None:
        self._kind = settings or self.settings_type
        self._settings: TokenSettings | None = None
        self._keys: PublicKeys | None = None

    def missing(self) -> list[str]:
        """What has to be set before anybody can sign in."""
        return lacking(self._kind)

    async def __call__(self, request: Request, bearer: Bearer) -> Caller:
        """Raises Refused, or ConfigurationError."""
        settings = self._open_settings()
        if settings.auth == "none":
            return _local_user(request, settings.variable("AUTH"))
        token = bearer.credentials if bearer else _token(settings, request)
        if token is None:
            how = f"{settings.jwt_header}: {settings.jwt_scheme}".rstrip()
            cookie = f", or in the cookie {settings.jwt_cookie}" if settings.jwt_cookie else ""
            raise _not_signed_in(f"Send a token in the header {how} <token>{cookie}.")
        claims = await self._claims(settings, token)
        user_id = _id_at(claims, settings.jwt_user)
        if user_id is None:
            raise _not_signed_in("The token names no user.")
        organization = _id_at(claims, settings.jwt_organization)
        return Caller(user_id, token, claims, organization_id=organization)

    def _open_settings(self) -> TokenSettings:
        if self._settings is None:
            if missing := self.missing():
                raise ConfigurationError(f"set {missing[0]}")
            self._settings = self._kind()
            if self._settings.jwks_url:
                self._keys = PublicKeys(self._settings.jwks_url)
        return self._settings

    async def _claims(self, settings: TokenSettings, token: str) -> dict[str, Any]:
        try:
            key, algorithm = await self._key(settings, jwt.get_unverified_header(token))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=None if settings.jwt_audience == ANY else settings.jwt_audience,
                issuer=settings.jwt_issuer,
                leeway=LEEWAY,
                options={
                    "require": ["exp"],
                    "verify_sub": False,
                    "verify_aud": settings.jwt_audience not in {None, ANY},
                    "verify_iss": settings.jwt_issuer is not None,
                },
            )
        except jwt.ExpiredSignatureError:
            raise _not_signed_in("The token has expired. Sign in again.") from None
        except UNREADABLE as error:
            # Only the kind of error: the text may quote what the token holds.
            raise _not_signed_in(f"The token is not valid ({type(error).__name__}).") from None
        if claims.get("refresh") or "refresh" in (claims.get("type"), claims.get("token_type")):
            raise _not_signed_in("This token is for getting another one. Send an access token.")
        return claims

    async def _key(self, settings: TokenSettings, header: Mapping[str, Any]) -> tuple[Any, str]:
        if self._keys is None:
            assert settings.jwt_secret is not None
            return settings.jwt_secret.get_secret_value(), settings.jwt_algorithm
        found, algorithm = await self._keys.find(header.get("kid")), str(header.get("alg"))
        if found is None:
            raise _not_signed_in("The token's key is not among those of the provider.")
        allowed = ALGORITHMS.get(found.get("kty", ""), set())
        if algorithm not in allowed or algorithm != found.get("alg", algorithm):
            raise _not_signed_in("The token's algorithm does not fit its key.")
        return jwt.PyJWK(found, algorithm), algorithm


def _token(settings: TokenSettings, request: Request) -> str | None:
    scheme, _, token = request.headers.get(settings.jwt_header, "").rpartition(" ")
    if token and scheme.lower() == settings.jwt_scheme.lower():
        return token
    cookie = request.cookies.get(settings.jwt_cookie) if settings.jwt_cookie else None
    return cookie.rpartition(" ")[2] if cookie else None


def _id_at(claims: Mapping[str, Any], path: str) -> str | None:
    """An id: text or a number, perhaps inside of another claim or of its JSON."""
    value: Any = claims
    for name in path.split("."):
        try:
            value = (json.loads(value) if isinstance(value, str) else value)[name]
        except (ValueError, KeyError, TypeError):
            return None
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
        return None
    return str(value)


class PublicKeys:
    """The keys behind a JWKS URL: fetched once for all who wait, kept when a refresh fails."""

    def __init__(self, url: str) -> None:
        # It fetches with urllib, so in a thread; its own cache would block the event loop.
        self._client = jwt.PyJWKClient(url, cache_jwk_set=False, timeout=5)
        self._keys: dict[str | None, dict[str, Any]] = {}
        self._fetched = self._tried = float("-inf")
        self._refresh: asyncio.Task[None] | None = None

    async def find(self, kid: str | None) -> dict[str, Any] | None:
        """Raises Refused while there are no keys at all."""
        now = monotonic()
        stale = now - self._fetched > KEYS_LIFETIME
        if (stale or kid not in self._keys) and now - self._tried > REFRESH_PAUSE:
            self._tried = now
            self._refresh = asyncio.create_task(self._fetch())
        if kid not in self._keys and self._refresh is not None:
            await asyncio.shield(self._refresh)
        if not self._keys:
            raise Refused(503, "unavailable", "Sign-in cannot be verified at the moment.")
        return self._keys.get(kid)

    async def _fetch(self) -> None:
        try:
            listed = (await asyncio.to_thread(self._client.fetch_data))["keys"]
            # By the standard, what cannot be read among them is passed over.
            known = [key for key in listed if isinstance(key, dict) and key.get("use") in USES]
            keys = {key.get("kid"): key for key in known}
            if not keys:  # for a moment, as in the middle of a rotation
                raise ValueError
        except (jwt.PyJWTError, OSError, ValueError, KeyError, AttributeError, TypeError) as error:
            logger.warning("the public keys cannot be fetched: %s", type(error).__name__)
            return
        if len(keys) == 1:
            # Providers with one key may leave its name out of their tokens.
            keys[None] = next(iter(keys.values()))
        self._keys, self._fetched = keys, monotonic()


def _local_user(request: Request, variable: str) -> Caller:
    """Everyone is one user, so only this machine may ask, and not through a proxy."""
    ends = [request.scope.get("server"), request.scope.get("client")]
    proxied = {"forwarded", "x-forwarded-for", "x-real-ip"} & set(request.headers)
    hosts = [end[0] for end in ends if end] + [request.url.hostname or ""]
    if proxied or not all(map(_is_loopback, hosts)) or None in ends:
        raise Refused(403, "not_allowed", f"{variable}=none serves this machine only.")
    return Caller(user_id="local")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
