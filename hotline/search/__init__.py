"""Finding tickets by whatever is known of them, and views of lists that are kept by name."""
