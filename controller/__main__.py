"""`python -m controller` is `caretaker`."""

from controller.cli import main

main()
