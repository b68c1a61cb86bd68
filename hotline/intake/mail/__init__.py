"""Letters that come in by e-mail: read, kept, made into tickets or set aside by a person."""
