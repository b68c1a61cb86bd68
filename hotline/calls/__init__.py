"""Telephone calls: what exchanges say of them, and what the desk does with them."""
