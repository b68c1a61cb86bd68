"""Escalation: firing what is due, telling whoever must know, acting when nobody did."""
