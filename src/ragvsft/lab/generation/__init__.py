"""Generators: from prompts to texts."""
