"""What appeals and repairs share: their steps in one timeline, their deadlines, who is told."""
