"""What a page needs to know, worked out from query rows; nothing here reads or writes."""
