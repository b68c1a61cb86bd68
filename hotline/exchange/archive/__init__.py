"""The whole of the data out of one house and into another: see docs/archive-format.md."""
