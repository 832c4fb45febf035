"""The handbook of Keldmark Instruments, an organisation that does not exist. Standard library only."""
