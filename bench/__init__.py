"""Benchmarks: what the machine could do, and what the program makes of it, in one run."""
