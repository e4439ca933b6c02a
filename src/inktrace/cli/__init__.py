"""The command line: thin files that call the pipeline and draw what comes back."""

from inktrace.cli.main import main

__all__ = ["main"]
