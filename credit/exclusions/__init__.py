"""Exclusions (剔除): work that is not to count, by two persons' decision, looked at again by a third."""
