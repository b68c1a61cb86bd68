"""Exchanges of several kinds behind one port."""
