"""The only rooms that read the outside: one file per kind of input."""
