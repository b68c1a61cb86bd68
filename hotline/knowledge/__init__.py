"""Knowledge: what the hotline answers from, who answers for it, and until when it is to be believed."""
