"""This application's chat: the core and what it was added with. Override here what you need."""

from .chatkit_server import ChatServer
from .tool_credentials import HiddenCredentials


class Tools(HiddenCredentials):
    """The user's tools, and what is done with each call."""


class Chat(ChatServer):
    """Such as `action`, which answers the buttons of your own widgets."""

    tools = Tools
