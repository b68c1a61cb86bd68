"""The rules as people edit them: drafts, differences, what would have changed, publishing."""
