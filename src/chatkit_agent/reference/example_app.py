"""The smallest application that has the chat."""

from fastapi import FastAPI

from .services.chatkit_server import create_chatkit_router
from .services.current_user import VerifiedUser

app = FastAPI()
app.include_router(create_chatkit_router(current_user=VerifiedUser()))
