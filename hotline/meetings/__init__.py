"""Units called together about a ticket: who is called, what they answer, what is decided."""
