"""The three walks of the architecture, whole, with the real parts."""
