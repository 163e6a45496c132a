"""The check-in desk: scanning a medium, a folder or an image with ClamAV, and signing what was found (D1, D2, D6)."""
