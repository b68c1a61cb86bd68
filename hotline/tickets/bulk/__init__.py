"""One action on many tickets: looked at first, then each in a transaction of its own."""
