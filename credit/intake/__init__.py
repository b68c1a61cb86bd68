"""What the hotline tells comes in here: kept as facts, then counted as observations and entries."""
