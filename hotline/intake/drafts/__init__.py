"""What an operator has begun to take down and not yet sent."""
