"""Numbered papers about a ticket: issued on demand, printed, verified by anybody who holds one."""
