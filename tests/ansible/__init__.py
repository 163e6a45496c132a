"""Tests of the roles, the units they write and the inventory plugin."""
