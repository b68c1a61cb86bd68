"""What looks as if somebody worked for the figures: found every night, judged by people only."""
