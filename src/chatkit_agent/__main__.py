"""`python -m chatkit_agent`: the command, where its script is not on PATH."""

from __future__ import annotations

from chatkit_agent.frontends.cli import main

main(prog_name="chatkit-agent")
