"""Discovery: frames, the sweep, and the program itself."""
