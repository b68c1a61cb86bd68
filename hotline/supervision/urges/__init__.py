"""Urges, as they are read."""
