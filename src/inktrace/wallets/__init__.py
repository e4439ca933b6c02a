"""Transactions → CoinJoins, address clusters, services, payers, change."""

from inktrace.wallets.change_stage import CHANGE_STAGE
from inktrace.wallets.evaluation import evaluate_wallets
from inktrace.wallets.stage import STAGE

__all__ = ["CHANGE_STAGE", "STAGE", "evaluate_wallets"]
