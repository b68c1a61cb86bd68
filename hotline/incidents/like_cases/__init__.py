"""What the desk is shown of like matters while one is taken down."""
