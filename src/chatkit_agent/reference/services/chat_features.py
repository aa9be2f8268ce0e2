"""This application's chat: the core and what it was added with. Override here what you need."""

from .chatkit_server import ChatServer


class Chat(ChatServer):
    """Such as `action`, which answers the buttons of your own widgets."""
