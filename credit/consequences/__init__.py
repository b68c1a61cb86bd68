"""What a grade brings with it: from when, because of which grade, and when it ended."""
