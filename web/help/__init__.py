"""Help in the house: empty lists that say what to do, words beside fields, guides, the glossary."""
