"""Known errors by their texts: what providers, libraries and the delivered chat write into logs."""
