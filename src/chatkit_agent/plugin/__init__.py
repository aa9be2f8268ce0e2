"""The plugin for coding agents: its files, where each agent looks, and putting them there."""
