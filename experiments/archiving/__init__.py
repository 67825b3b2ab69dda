"""A whole experiment as a JSON document, and back: everything that the server knows of it."""
