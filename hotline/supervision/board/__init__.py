"""The board: what is late, who holds it, and whether it is getting better."""
