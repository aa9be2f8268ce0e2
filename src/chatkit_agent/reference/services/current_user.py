"""Who is asking: whose tokens are believed."""

from ..chatkit_runtime.jwt import SignInSettings, VerifiedUser

__all__ = ["SignInSettings", "VerifiedUser"]
