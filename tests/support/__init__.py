"""What tests stand on: services of their own, in a temporary folder."""
