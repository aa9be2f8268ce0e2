"""The smallest application that has the chat."""

from fastapi import FastAPI

from .services.chatkit_endpoint import create_chatkit_router

app = FastAPI()
app.include_router(create_chatkit_router())
