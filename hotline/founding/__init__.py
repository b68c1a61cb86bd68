"""Founding a city: what a new house is made of, sheet by sheet, and whether it is ready."""
