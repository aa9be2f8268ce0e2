"""The console: the chat's page of a developer, and beside it what passes between its parts."""
