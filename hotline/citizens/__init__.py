"""What citizens do for themselves: report in steps, add photos, follow by link, read public figures."""
