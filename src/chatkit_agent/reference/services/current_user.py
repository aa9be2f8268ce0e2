"""Who is asking: the user of a request's bearer token. Settings: `chatkit_runtime/jwt.py`."""

from ..chatkit_runtime.jwt import TokenSettings, TokenUser
from ..chatkit_store.config import ENVIRONMENT


class SignInSettings(TokenSettings):
    model_config = ENVIRONMENT


class VerifiedUser(TokenUser):
    settings_type = SignInSettings
