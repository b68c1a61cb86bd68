"""Who asks, whether the request is his own, and what browsers are told to be careful about."""
