"""Everything that can be done to a ticket on the main line, one function each."""
