from .server import app

__all__ = ["app"]
