"""Ties online ads to their authors, payments and wallets, with honest error rates."""

__version__ = "0.1.0"
