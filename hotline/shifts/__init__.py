"""Handing a desk over from one shift to the next."""
