"""Transactions → CoinJoins, address clusters, services, payers, change."""

from inktrace.wallets.change_stage import CHANGE_STAGE
from inktrace.wallets.evaluation import evaluate_wallets
from inktrace.wallets.lookup import found_wallet
from inktrace.wallets.paths import evidence_path
from inktrace.wallets.stage import STAGE
from inktrace.wallets.story import wallet_story

__all__ = [
    "CHANGE_STAGE",
    "STAGE",
    "evaluate_wallets",
    "evidence_path",
    "found_wallet",
    "wallet_story",
]
