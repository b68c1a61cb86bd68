"""What is run: the command line, the worker, and the house that starts all of it."""
