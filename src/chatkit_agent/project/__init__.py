"""What is here: the files of a project, and what can be said of it without running it."""
