"""Supervision: formal orders to act by a date, and urging many at once."""
