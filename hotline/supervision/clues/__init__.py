"""Clues: what is handed to the discipline inspection and read by nobody else."""
