"""What leaves the house and comes back: exports of lists, the whole of it as an archive."""
