"""Reported sites: what somebody saw, who looks at it and when, what is decided, and how the reporter is answered."""
