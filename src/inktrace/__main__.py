"""`python -m inktrace` is the `inktrace` command."""

from inktrace.cli import main

main()
