"""What holds a ticket up or decides about it, each opened, decided and closed by its own object."""
