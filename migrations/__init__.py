"""Revisions of the database, each one idea, none importing application code."""
