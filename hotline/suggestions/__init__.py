"""Category and department suggested from a matter's words: small, offline, learned in the house.

Nothing here decides anything: an operator or a dispatcher takes a suggestion over, or does not.
"""
