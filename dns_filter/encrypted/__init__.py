"""DNS over TLS and over HTTPS."""
