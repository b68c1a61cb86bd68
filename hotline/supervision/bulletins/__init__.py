"""Bulletins: figures of a period and words on them, reviewed by two and read by departments."""
