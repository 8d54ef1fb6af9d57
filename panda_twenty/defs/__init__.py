"""Dagster's view of the migration: when, and for which patients. How is decided elsewhere."""
