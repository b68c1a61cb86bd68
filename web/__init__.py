"""What is run and what is served: HTTP, pages, worker, command line."""
