"""Applying a plan, undoing and updating it: the only code that writes into a project."""
