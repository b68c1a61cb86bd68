"""What a department owes today: what is due first, and the next step of each ticket."""
