"""Integrates a ChatKit chat into a FastAPI project, and checks that it works."""
