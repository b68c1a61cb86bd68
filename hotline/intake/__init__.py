"""How tickets of other systems come into this one."""
