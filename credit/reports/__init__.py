"""Reports of a period: monthly bulletin, quarterly analysis, annual assessment."""
