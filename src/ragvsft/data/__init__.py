"""Datasets: reading, importing, checking, splitting, chunking."""
