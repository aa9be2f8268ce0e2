"""The assistant: the operations as tools of a model that proposes, and a person who approves."""
