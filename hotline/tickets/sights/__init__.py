"""Who may see which of some tickets, and how they stand at a glance."""
