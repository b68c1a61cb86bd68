"""Ports as they are in the world: SMTP, HTTP gateways, robots of chat groups, and a folder."""
