"""The log has no token that could not be verified."""

from __future__ import annotations

from collections.abc import Iterator

from chatkit_agent.checks.check import LOG, Finding, check
from chatkit_agent.checks.known_errors import Known, known_errors
from chatkit_agent.evidence.static import Evidence
from chatkit_agent.evidence.symptoms import Symptom

SEEN: tuple[Symptom, ...] = ("unauthorized",)
DOWN: tuple[Symptom, ...] = ("unauthorized", "server_error", "unavailable")

KNOWN = (
    Known(
        r"PyJWKClientConnectionError|Fail to fetch data from the url",
        "The keys that verify tokens cannot be fetched.",
        "Correct the address of the keys (`jwks_uri` of the provider's "
        "`/.well-known/openid-configuration`), and let the application reach it.",
        "token keys",
        DOWN,
    ),
    Known(
        r"Unable to find a signing key that matches|No matching (?:JWK|key) found"
        r"|The JWK Set did not contain any",
        "Tokens are signed with a key that is not among those of the configured provider.",
        "Name the keys of the provider that signs them: the other tenant's or realm's have "
        "another address. A key that is new comes with the next look at the keys.",
        "token other keys",
    ),
    Known(
        r"InvalidAudienceError|Audience doesn't match|missing the \"aud\" claim"
        r"|JWTClaimsError: Invalid audience",
        "Tokens are for another audience than the application expects.",
        "Expect the audience that the tokens name (`aud`), or ask the provider for tokens for "
        "this API: without one many give tokens that are for themselves.",
        "token audience",
    ),
    Known(
        r"InvalidIssuerError|Invalid issuer\b|missing the \"iss\" claim",
        "Tokens are from another issuer than the application expects.",
        "Expect the issuer exactly as the tokens name it (`iss`), with or without the last `/`.",
        "token issuer",
    ),
    Known(
        r"InvalidAlgorithmError|The specified alg value is not allowed|alg.{0,20}not allowed",
        "Tokens are signed by an algorithm that the application does not take.",
        "Name in `algorithms` the one by which the provider signs, and give the key that goes "
        "with it: a public key for RS256 and ES256, a secret for HS256.",
        "token algorithm",
    ),
    Known(
        r"Could not (?:parse the provided public key|deserialize key data)|InvalidKeyError"
        r"|JWKError: ",
        "The key that verifies tokens is none of the kind that their algorithm takes.",
        "Give the whole PEM, with its first and last line and real ends of line: a variable of "
        "one line holds `\\n` as two characters.",
        "token key",
        DOWN,
    ),
    Known(
        r"Not enough segments|Invalid (?:header|payload|crypto) padding|Invalid token type",
        "What comes as a token is none: another text, a part of one, or one with `Bearer` before "
        "it.",
        "Verify what stands behind `Bearer ` in the header, and let the page send the token.",
        "token form",
    ),
    Known(
        r"ImmatureSignatureError|token is not yet valid",
        "Tokens are not valid yet by the clock of this machine.",
        "Set the clocks of both machines (NTP), or allow some seconds of `leeway`.",
        "token clock",
    ),
    Known(
        r"InvalidSignatureError|Signature verification failed",
        "The signature of tokens does not fit the key that the application has.",
        "Give the application the secret or the key of whoever signs them, in every environment "
        "its own.",
        "token signature",
    ),
    Known(
        r"ExpiredSignatureError|Signature has expired",
        "Tokens had expired when they came.",
        "Let the page fetch a new token before it asks: give the chat a function, which is "
        "called for each request, and not the token itself.",
        "token expired",
        severity="warning",
    ),
)


@check("CK910", needs=LOG, symptoms=SEEN)
def tokens_verified(evidence: Evidence) -> Iterator[Finding]:
    """Told apart: keys that cannot be fetched, another audience, issuer, algorithm or key, a clock
    that is wrong, and expiry.
    """
    if evidence.log:
        yield from known_errors(evidence.log, KNOWN, SEEN)
