"""Reports of credit as people read them: tables with their definitions, Word, Excel."""
