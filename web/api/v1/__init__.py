"""Version 1 of the JSON interface: one module per resource."""
