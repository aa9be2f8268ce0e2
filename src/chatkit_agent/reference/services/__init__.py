"""Yours: what the assistant is, what it can do, and its settings."""
