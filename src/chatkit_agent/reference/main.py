"""The chat as a service of its own, beside the application."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from pydantic_settings import BaseSettings

from .chatkit_store.config import APP_NAME, ENVIRONMENT
from .services.chatkit_server import create_chatkit_router
from .services.current_user import VerifiedUser
from .sign_in import ApplicationTokens


class ServiceSettings(BaseSettings):
    """Who may call the chat from a browser."""

    model_config = ENVIRONMENT

    allowed_origins: str = ""
    """Addresses of web pages, with commas between them."""

    @property
    def origins(self) -> list[str]:
        return [each.strip() for each in self.allowed_origins.split(",") if each.strip()]


def allowed_origins() -> list[str]:
    """None where the settings cannot be read: the chat's health says why."""
    try:
        return ServiceSettings().origins
    except (OSError, ValueError):
        return []


app = FastAPI(title=f"{APP_NAME}: chat")
app.add_middleware(
    CORSMiddleware,
    allow_origins=allowed_origins(),
    allow_methods=["*"],
    allow_headers=["*"],
)
app.include_router(create_chatkit_router(current_user=VerifiedUser(ApplicationTokens)))
