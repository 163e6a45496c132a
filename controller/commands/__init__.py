"""The commands of `caretaker`, one noun per file."""
