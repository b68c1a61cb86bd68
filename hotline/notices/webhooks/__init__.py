"""Signed events for the departments' own systems: see docs/webhooks.md."""
