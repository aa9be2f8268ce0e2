"""Who is asking: the user of a request's bearer token. What can be set is in `TokenSettings`."""

from ..chatkit_runtime.jwt import TokenSettings, TokenUser
from ..chatkit_store.config import ENVIRONMENT


class SignInSettings(TokenSettings):
    model_config = ENVIRONMENT


class VerifiedUser(TokenUser):
    settings_type = SignInSettings
