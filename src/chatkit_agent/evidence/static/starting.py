"""Starting: whether what starts the application loads its environment file."""

from __future__ import annotations

from chatkit_agent.project.source.sources import Sources

STARTS = ("docker", "compose", "makefile", "procfile", "justfile")
TEXTS = (".sh", ".toml", ".md", "package.json", ".yaml", ".yml")


def is_loaded_at_start(sources: Sources) -> bool:
    """By uvicorn, a container or a task runner, as far as the project says."""
    for path in sources.tree.paths:
        name = path.rpartition("/")[2].lower()
        if name.startswith(STARTS) or name.endswith(TEXTS):
            text = sources.text(path)
            if "env-file" in text or "env_file" in text or "source .env" in text:
                return True
    return False
