"""Keeping the index as the tickets are."""
