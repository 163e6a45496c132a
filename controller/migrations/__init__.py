"""Alembic's migrations, run by `controller.store.migrate` when a database is opened."""
