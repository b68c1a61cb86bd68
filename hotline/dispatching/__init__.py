"""Whose duty a matter is: what was decided before, and what the catalogue says."""
