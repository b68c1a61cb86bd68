"""Matters that several tickets told of."""
