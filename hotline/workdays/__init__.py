"""Calendars: natural time, working time, and the arithmetic on them."""
