"""Telling a credit platform outside what the ledger says: at least once, each thing under one key."""
