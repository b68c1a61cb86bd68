"""The formula in its released versions, each in a module of its own that is never edited again."""
