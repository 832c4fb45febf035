"""`python -m ragvsft`."""

from ragvsft.cli import main

main()
