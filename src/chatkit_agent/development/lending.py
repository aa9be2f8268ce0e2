"""Lending: a database for each that the application needs, and that nobody has set yet."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from dotenv import dotenv_values

from chatkit_agent.project.read import Project


def lent_databases(project: Project, own: Mapping[str, str], url: str) -> dict[str, str]:
    """`url` by the names that example files have for a PostgreSQL, with the scheme of each."""
    found: dict[str, str] = {}
    for file in (each for each in project.env_files if each.is_example):
        for name, example in dotenv_values(project.root / file.path, interpolate=False).items():
            scheme = _scheme(example or "")
            if scheme.startswith("postgres") and not own.get(name):
                found[name] = urlsplit(url)._replace(scheme=scheme).geturl()
    return found


def _scheme(text: str) -> str:
    try:
        return urlsplit(text).scheme
    except ValueError:
        return ""
