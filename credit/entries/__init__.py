"""Events of the ledger: how they come in, come into force, and are taken back."""
