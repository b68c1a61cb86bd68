"""Who is told what, and the in-app notices that tell them."""
