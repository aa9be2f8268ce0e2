"""The tools of Taskflow, for assistants."""
