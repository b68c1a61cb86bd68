"""Views of lists and questions that are kept by name."""
