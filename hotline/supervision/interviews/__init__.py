"""Interviews: formal talks with a department, what is promised there and what becomes of it."""
