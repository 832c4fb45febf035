"""The arithmetic of one answer and of one ranking; pure functions."""
