"""The MCP server's tools for one turn of one user."""

import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

from agents import RunContextWrapper
from agents.mcp import MCPServerStreamableHttp

from notes.chat.context import ChatContext
from notes.settings import get_settings

logger = logging.getLogger(__name__)
MCPHTTP: Any = import_module("httpx2" if version("mcp").startswith("2.") else "httpx")
for name in ("mcp", "httpx", "httpx2"):
    logging.getLogger(name).setLevel(logging.INFO)


@lru_cache
def tls() -> ssl.SSLContext:
    return MCPHTTP.create_ssl_context()


def http_client(headers: Any = None, timeout: Any = None, auth: Any = None) -> Any:
    return MCPHTTP.AsyncClient(headers=headers, timeout=timeout, auth=auth, verify=tls())


def explain(_: RunContextWrapper[Any], error: Exception) -> str:
    logger.warning("a tool failed: %s", type(error).__name__)
    return "The tool failed. It may or may not have taken effect."


@asynccontextmanager
async def tools_of(context: ChatContext) -> AsyncIterator[list[MCPServerStreamableHttp]]:
    """The connected servers; none where there is no server or it cannot be reached."""
    url = get_settings().mcp_url
    if not url:
        yield []
        return
    server = MCPServerStreamableHttp(
        params={
            "url": url,
            "headers": {"Authorization": f"Bearer {context.token}"},
            "timeout": 8,
            "httpx_client_factory": http_client,
        },
        client_session_timeout_seconds=60,
        max_retry_attempts=0,
    )
    try:
        await server.connect()
    except Exception as error:
        logger.warning("the tools cannot be reached: %s", type(error).__name__)
        await server.cleanup()
        yield []
        return
    try:
        yield [server]
    finally:
        await server.cleanup()
