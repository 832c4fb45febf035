"""Reports of a run: Markdown and JSON."""
