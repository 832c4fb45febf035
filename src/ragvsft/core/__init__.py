"""The values, the error tree and the content hashes. Standard library only."""
