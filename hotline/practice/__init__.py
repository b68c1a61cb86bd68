"""Practising in the demo city: tasks, what of them is done, and beginning again."""
