"""Transactions → CoinJoins, address clusters, services, payers."""

from inktrace.wallets.stage import STAGE

__all__ = ["STAGE"]
