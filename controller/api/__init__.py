"""The HTTP interface: one noun per file, every route with its scope."""
