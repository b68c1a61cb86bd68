"""The pages: a thin skin over the same actions and queries as the API."""
