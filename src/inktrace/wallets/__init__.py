"""Transactions → CoinJoins, address clusters, services, payers."""

from inktrace.wallets.lookup import found_wallet
from inktrace.wallets.paths import evidence_path
from inktrace.wallets.stage import STAGE
from inktrace.wallets.story import wallet_story

__all__ = ["STAGE", "evidence_path", "found_wallet", "wallet_story"]
