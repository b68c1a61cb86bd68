"""What the time of tickets went on: stages, whose they were, what is left."""
