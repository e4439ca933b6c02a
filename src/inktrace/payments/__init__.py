"""Which payment bought which ad, and which wallet pays for which author: with error rates.

Room plan: `stage` declares the two stages. Stage `payments` (`scoring`): `times` (when and how
much), `asking_prices` (what an ad may have cost), `setting` (all of it read once), `candidates`
(the join), `background`, `laws` (delay, amount, share paid, learned), `decoys`, `posterior`,
`report` (laws and notes as rows). Stage `attribution` (`attribution`): `evidence` (author-wallet
pairs), `exhaustion`, `error_rates`, `links`, `baselines` (KDD 2017, Chen 2021).
"""

from inktrace.payments.stage import STAGES

__all__ = ["STAGES"]
