"""Live push: open pages are told that something has changed, and look again."""
