"""A small task API."""
