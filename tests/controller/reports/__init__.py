"""Reported sites: names, obstacles, the clock, answers, and what hostile reports try."""
