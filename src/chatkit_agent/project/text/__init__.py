"""Texts of files: compared, merged and extended, with every other byte kept."""
