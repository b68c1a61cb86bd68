"""Credit: a reader of facts that turns promises kept and broken into a department's record."""
