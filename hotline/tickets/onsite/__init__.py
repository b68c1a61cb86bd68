"""What a department does on the spot: check-ins with time, place and photographs, kept as evidence."""
