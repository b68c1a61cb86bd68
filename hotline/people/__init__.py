"""Departments, users, roles and what each may do; sign-in sessions and API tokens."""
