"""Python source as detectors and edits read it; nothing of it is ever run."""
