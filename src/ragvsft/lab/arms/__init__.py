"""Arms: each a configured way to turn questions into prompts."""
