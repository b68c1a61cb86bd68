"""The ticket: its machine, its history, and one function for each thing that can be done to it."""
