"""What the delivered code needs: the version ranges that are safe together."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.requirements import Requirement

# Measured: several openai-agents below 0.20 resolve to an openai release with which every turn
# fails, mcp 1.19 and 1.20 fail at import, and an unpinned openai-chatkit may be an empty 0.0.1.
# The pool of asyncpg takes `connect` since 0.30; mcp itself asks for uvicorn 0.31.1.
REQUIREMENTS = (
    "openai-chatkit>=1.6.5,<1.7",
    "openai-agents>=0.20,<0.25",
    "mcp>=1.21.2,<3",
    "asyncpg>=0.30",
    "pydantic-settings>=2.7",
    "pyjwt[crypto]>=2.10",
    "python-dotenv>=1.0",
)


# What a service of its own has to bring as well.
SERVICE_REQUIREMENTS = ("fastapi>=0.115", "uvicorn>=0.31.1")


def requirements(*, verifies_tokens: bool, also: Sequence[str] = ()) -> tuple[str, ...]:
    """What the delivered code imports; only its own sign-in needs pyjwt, and some modules more."""
    needed = [each for each in REQUIREMENTS if verifies_tokens or "pyjwt" not in each]
    named = {Requirement(each).name for each in needed}
    return (*needed, *(each for each in also if Requirement(each).name not in named))


def install_line(requirements: Sequence[str]) -> str:
    return "pip install " + " ".join(f'"{each}"' for each in requirements)
