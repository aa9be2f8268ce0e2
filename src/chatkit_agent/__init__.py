"""Integrates a ChatKit chat into a FastAPI project, and proves that it works."""
