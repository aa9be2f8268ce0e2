"""Deletes old conversations, forgets a user, or exports what is kept of one.

From cron: `python -m PACKAGE.services.retention delete --older-than 90`, as CHATKIT.md has it.
"""

import sys

from ..chatkit_store.config import StoreConfig
from ..chatkit_store.retention import main

if __name__ == "__main__":
    sys.exit(main(StoreConfig(), sys.argv[1:]))
