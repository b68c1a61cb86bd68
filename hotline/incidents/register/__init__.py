"""Incidents and bursts as they are listed and looked at."""
