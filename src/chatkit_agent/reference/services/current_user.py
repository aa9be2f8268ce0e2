"""Who is asking: whose tokens are believed. What can be set is in `TokenSettings`."""

from ..chatkit_runtime.jwt import TokenSettings, TokenUser
from ..chatkit_store.config import ENVIRONMENT


class SignInSettings(TokenSettings):
    model_config = ENVIRONMENT


class VerifiedUser(TokenUser):
    """A dependency: the user of the request's bearer token."""

    settings_type = SignInSettings
