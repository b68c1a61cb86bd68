"""Lists as files: one description of columns for each, the filter and the query of its page."""
