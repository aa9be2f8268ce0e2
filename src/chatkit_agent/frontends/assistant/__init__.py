"""The assistant: the verbs as tools of a model that proposes, and a person who approves."""
