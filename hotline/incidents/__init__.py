"""The same matter told by many: like cases at the desk, incidents, and bursts against the own past.

Rules first: `words` takes a text apart, `likeness` says how alike two matters are and why, `clusters`
puts matters together, `bursts` tells many from unusually many. Nothing here changes a ticket but
through its own actions.
"""
