"""Appeals of departments: against an entry of the ledger, or against a figure shown for notice."""
