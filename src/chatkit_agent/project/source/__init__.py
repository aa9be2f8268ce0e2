"""Python source as finders and edits read it; nothing of it is ever run."""
