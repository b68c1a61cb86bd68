"""Files with tickets for another authority, and what it answers."""
