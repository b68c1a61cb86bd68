"""Sheets of a house as workbooks in the reader's words, for pages, interface and command line."""
