"""Figures of the loop for a span of time: what came in, what became of it, and why."""
