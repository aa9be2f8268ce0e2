"""The chat's services: who is asking, what the assistant is, and how an answer reaches the user."""

from ..chatkit_store import RequestContext
from .chatkit_endpoint import create_chatkit_router

__all__ = ["RequestContext", "create_chatkit_router"]
