"""Run this from cron: deletes old conversations, forgets a user, exports what is kept of one."""

import sys

from ..chatkit_store.config import StoreConfig
from ..chatkit_store.retention import main

if __name__ == "__main__":
    sys.exit(main(StoreConfig(), sys.argv[1:]))
