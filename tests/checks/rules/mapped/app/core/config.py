import os
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Config:
    database_url: str = field(default_factory=lambda: os.environ["DATABASE_URL"])
    secret_key: str = field(default_factory=lambda: os.environ["SECRET_KEY"])
    mcp_url: str = os.getenv("MCP_URL", "http://localhost:8001/mcp")
    debug: bool = False


config = Config()
