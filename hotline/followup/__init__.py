"""Return visits: whether the requester was reached, whether it is solved, how it is rated."""
