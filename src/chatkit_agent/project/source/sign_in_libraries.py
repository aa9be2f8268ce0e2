"""What libraries that sign people in give, which no source of the project says."""

from __future__ import annotations

import libcst as cst

from chatkit_agent.project.source import syntax
from chatkit_agent.project.source.sources import Sources, Symbol

# By class: the scheme of FastAPI that it is, and the expression on what its instances give; empty
# where a function of the project says what they give.
SCHEMES = {
    "fastapi_clerk_auth.ClerkHTTPBearer": ("HTTPBearer", 'user.decoded["sub"]'),
    "fastapi_login.LoginManager": ("OAuth2PasswordBearer", ""),
    "fastapi_cloudauth.cognito.CognitoCurrentUser": ("HTTPBearer", "user.username"),
    "fastapi_cloudauth.firebase.FirebaseCurrentUser": ("HTTPBearer", "user.user_id"),
    "fastapi_azure_auth.SingleTenantAzureAuthorizationCodeBearer": ("OAuth2", "user.sub"),
    "fastapi_azure_auth.MultiTenantAzureAuthorizationCodeBearer": ("OAuth2", "user.sub"),
    "fastapi_azure_auth.B2CMultiTenantAuthorizationCodeBearer": ("OAuth2", "user.sub"),
}
# Methods of instances that are dependencies themselves.
METHODS = {
    "propelauth_fastapi.init_auth.require_user": ("HTTPBearer", "user.user_id"),
    "fastapi_cognito.CognitoAuth.auth_required": ("HTTPBearer", "user.cognito_id"),
    "fastapi_auth0.Auth0.get_user": ("HTTPBearer", "user.id"),
    "fastapi_auth0.auth.Auth0.get_user": ("HTTPBearer", "user.id"),
    "authx.AuthX.access_token_required": ("HTTPBearer", "user.sub"),
}
# What such a method makes, which is the dependency.
MAKERS = {"fastapi_keycloak.FastAPIKeycloak.get_current_user": ("OAuth2PasswordBearer", "user.sub")}
# Classes that routes ask for themselves, and which read the token when they are told to.
ASKED = {f"{each}fastapi_jwt_auth.AuthJWT" for each in ("", "async_", "another_")}
# What a function gives that returns the value of such a call.
CALLS = {
    "firebase_admin.auth.verify_id_token": 'user["uid"]',
    "firebase_admin.auth.verify_session_cookie": 'user["uid"]',
}
# What a function gives that says it returns such a value.
KINDS = {
    "fastapi_azure_auth.user.User": "sub",
    "fastapi_keycloak.OIDCUser": "sub",
    "fastapi_cognito.CognitoToken": "cognito_id",
    "fastapi_auth0.Auth0User": "id",
    "fastapi_auth0.auth.Auth0User": "id",
    "gotrue.User": "id",
    "gotrue.types.User": "id",
    "supabase_auth.User": "id",
    "supabase_auth.types.User": "id",
}
OPTIONAL = "auto_error"
"""A scheme with this off lets anybody through, and gives nothing."""


def provided(sources: Sources, symbol: Symbol | None) -> tuple[str, str] | None:
    """The scheme of an instance of a provider's class, or of its method, and the user's id."""
    if symbol is None or symbol.path is None:
        return None
    if made := _made_of(sources, symbol):
        return SCHEMES.get(made)
    known, owner, method = METHODS, *symbol.name.rpartition(".")[::2]
    call = sources.assigned(symbol)
    if isinstance(call, cst.Call) and not call.args:
        known, owner, method = MAKERS, *(syntax.dotted(call.func) or "").rpartition(".")[::2]
    held_by = sources.resolve(symbol.path, owner)
    made = _made_of(sources, held_by) if held_by else None
    return known.get(f"{made}.{method}")


def _made_of(sources: Sources, symbol: Symbol) -> str | None:
    call = sources.assigned(symbol)
    if not isinstance(call, cst.Call) or symbol.path is None:
        return None
    if syntax.dotted(syntax.argument(call, OPTIONAL)) == "False":
        return None
    kind = sources.resolve(symbol.path, syntax.dotted(call.func))
    return (kind.package_name if kind else "") or None
