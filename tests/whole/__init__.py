"""Few tests of the running house: real commits, real processes, real ports."""
