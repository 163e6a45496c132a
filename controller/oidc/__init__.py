"""Sign-in by the school's own Microsoft or Google tenant (OpenID Connect Core 1.0): who is let in, and as what."""
