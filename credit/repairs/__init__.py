"""Repair of entries by class, and what ends by itself."""
