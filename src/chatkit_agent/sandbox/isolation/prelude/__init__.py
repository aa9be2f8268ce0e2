"""The prelude: a folder that goes before all others on the path of the application's Python."""
