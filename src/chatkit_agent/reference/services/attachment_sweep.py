"""Deletes the files of attachments whose conversation or user is gone.

From cron: `python -m PACKAGE.services.attachment_sweep`, as CHATKIT.md has it.
"""

import asyncio

from ..chatkit_runtime.attachment_sweep import sweep
from .chatkit_server import ChatServer

if __name__ == "__main__":
    print(asyncio.run(sweep(ChatServer)))
