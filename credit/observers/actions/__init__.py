"""What is done about observers and by them: one function each, one transaction each."""
