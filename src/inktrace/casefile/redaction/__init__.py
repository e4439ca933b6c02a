"""What a receiver need not know, replaced before anything of a package is written."""
