"""Many callers of one incident, taken down in one go."""
