"""What school machines run."""
