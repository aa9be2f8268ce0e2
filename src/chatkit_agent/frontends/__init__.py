"""The ways in: the command line, the MCP server, the assistant."""
