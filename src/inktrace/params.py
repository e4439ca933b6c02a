"""Every knob on one page: default, unit, range, help and source.

Each stage has one frozen dataclass. A field made with `knob` carries its range, the sentence
that explains it, and where its default comes from. The TOML key, the command-line option, the
run record and the sentence in the case package are all made from that field; there is no
second default anywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from inktrace.errors import UsageError


def knob(default: Any, *, low: Any = None, high: Any = None, help: str, source: str) -> Any:
    """A parameter field: its default, allowed range (inclusive), explanation and origin."""
    return dataclasses.field(
        default=default, metadata={"low": low, "high": high, "help": help, "source": source}
    )


@dataclass(frozen=True)
class SourceParams:
    """Limits on what is read from outside."""

    max_text_characters: int = knob(
        100_000,
        low=100,
        high=10_000_000,
        help="longest ad text; a longer one is rejected",
        source="ours: 100 times a long classified ad",
    )
    max_line_bytes: int = knob(
        64 * 2**20,
        low=1024,
        high=2**31,
        help="longest line of a text file; a longer one is rejected without being read whole",
        source="ours: memory bound; the largest real transactions are below 10 MB as JSON",
    )
    max_tagpack_bytes: int = knob(
        64 * 2**20,
        low=1024,
        high=2**30,
        help="largest TagPack, uncompressed; a larger one is refused",
        source="ours: memory bound, about five times the file; the largest public one has 4 MB",
    )
    earliest_year: int = knob(
        1995, low=1970, high=2100, help="posting times before it are rejected", source="ours"
    )
    latest_year: int = knob(
        2100, low=1995, high=2200, help="posting times after it are rejected", source="ours"
    )
    max_mail_bytes: int = knob(
        48 * 2**20,
        low=1024,
        high=2**30,
        help="largest e-mail with its attachments; a larger one is rejected without being parsed",
        source="ours: memory bound; mail servers refuse more than 25 to 50 MB",
    )
    max_mail_headers: int = knob(
        1_000,
        low=10,
        high=100_000,
        help="most header lines of an e-mail; one with more is rejected without being parsed",
        source="ours: mail that passed ten servers has about a hundred",
    )
    max_mail_header_bytes: int = knob(
        256 * 2**10,
        low=1024,
        high=2**26,
        help="largest header of an e-mail; one with more is rejected without being parsed",
        source="ours: mail servers refuse more than 32 to 256 KiB",
    )
    max_mail_parts: int = knob(
        200,
        low=1,
        high=10_000,
        help="most parts of an e-mail, attachments included; one with more is rejected",
        source="ours: bounds the parser's work",
    )
    max_mail_depth: int = knob(
        20,
        low=1,
        high=100,
        help="most e-mail parts within one another; a deeper one is rejected",
        source="ours: a mail forwarded ten times as an attachment has twenty",
    )
    max_items: int = knob(
        500,
        low=1,
        high=100_000,
        help="most identifiers that one field of a report may give; more are rejected",
        source="ours: a report on one person gives fewer than 50",
    )


@dataclass(frozen=True)
class NodeParams:
    """Asking a Bitcoin node, and watching its mempool."""

    timeout_s: float = knob(
        30.0,
        low=0.1,
        high=3600.0,
        help="longest wait for one answer of a node",
        source="ours: a full block as JSON takes a few seconds on a slow disk",
    )
    warm_up_s: float = knob(
        120.0,
        low=0.0,
        high=86_400.0,
        help="how long a node that is still starting is waited for",
        source="ours: a node loads its block index in a minute or two",
    )
    max_answer_bytes: int = knob(
        256 * 2**20,
        low=2**20,
        high=2**31,
        help="largest answer of a node; a larger one is refused",
        source="ours: memory bound; the largest blocks are below 50 MB as JSON",
    )
    batch_bytes: int = knob(
        16 * 2**20,
        low=2**20,
        high=2**28,
        help="raw blocks fetched from a node are stored when they amount to so much",
        source="ours: memory bound; a kill loses at most one such batch, which is fetched again",
    )
    batch_blocks: int = knob(
        500, low=1, high=100_000, help="most blocks of one such batch", source="ours"
    )
    flush_s: float = knob(
        0.25,
        low=0.01,
        high=60.0,
        help="what a watch saw is written to disk so often; a kill loses no more than that",
        source="ours: four writes a second cost a disk nothing",
    )
    move_s: float = knob(
        60.0,
        low=1.0,
        high=86_400.0,
        help="what a watch saw is moved into the workspace so often",
        source="ours: the workspace is open to others in between",
    )
    poll_s: float = knob(
        1.0,
        low=0.05,
        high=3600.0,
        help="a mempool without ZMQ is asked for so often",
        source="ours: a node tells its times in whole seconds",
    )
    late_message_s: float = knob(
        1.0,
        low=0.0,
        high=60.0,
        help="a message of what the whole mempool already shows is waited for so long",
        source="ours: it comes within milliseconds but on a busy machine; it bears the better time",
    )
    heartbeat_s: float = knob(
        2.0,
        low=0.05,
        high=3600.0,
        help="a watched node is asked so often whether it still runs",
        source="ours: bounds how long a restart goes unnoticed",
    )
    reconcile_s: float = knob(
        300.0,
        low=0.1,
        high=86_400.0,
        help="the whole mempool is compared so often, whether or not a message was missed",
        source="ours: a list of 300,000 ids takes a node a second",
    )
    clock_step_s: float = knob(
        0.5,
        low=0.001,
        high=3600.0,
        help="a system clock that moves by more against the monotonic clock has jumped",
        source="ours: NTP slews smaller errors by at most 0.5 ms a second",
    )
    clock_note_s: float = knob(
        60.0,
        low=0.1,
        high=86_400.0,
        help="clock error and the nodes' clock offsets are recorded so often",
        source="ours",
    )
    gone_kept: int = knob(
        100_000,
        low=0,
        high=10_000_000,
        help="transactions that left a mempool, remembered to link them with what replaces them",
        source="ours: about 20 MB; a replacement arrives within moments",
    )


@dataclass(frozen=True)
class LiveParams:
    """Keeping a case up to date while ads come in (`inktrace live`)."""

    look_s: float = knob(
        1.0,
        low=0.05,
        high=3600.0,
        help="the feed of ads is looked at so often",
        source="ours: a look costs one stat per file",
    )
    settle_s: float = knob(
        2.0,
        low=0.0,
        high=3600.0,
        help="a file that is taken in whole must have been left alone for so long",
        source="ours: whoever writes a file in place seldom pauses longer",
    )
    transactions_s: float = knob(
        300.0,
        low=1.0,
        high=86_400.0,
        help="transactions, prices and tags without new ads bring an update at most so often",
        source="ours: they come without end, and an ad should not wait for an update without it",
    )


@dataclass(frozen=True)
class TextsParams:
    """Repairing, masking and grouping texts."""

    default_regions: str = knob(
        "PH US",
        help="regions whose number plans are tried, in order, where an ad names no country",
        source="ours: the Philippines and the United States; a wrong region only misses numbers",
    )
    phone_checks: int = knob(
        400,
        low=10,
        high=100_000,
        help="most digit strings of one ad that are looked up in number plans",
        source="ours: bounds the work on an ad made of digits; real ads need fewer than 20",
    )
    shingle_words: int = knob(
        3,
        low=1,
        high=10,
        help="words in a row that make one shingle of a text",
        source="Broder 1997 uses 3 to 10; ads are short",
    )
    template_overlap: float = knob(
        0.5,
        low=0.1,
        high=1.0,
        help="Jaccard overlap of shingles from which two texts are one template",
        source="ours: a 40-word text with a name, an age and a price changed keeps about 0.6",
    )
    template_words: int = knob(
        6,
        low=1,
        high=100,
        help="texts with fewer words belong to no template",
        source="ours: short phrases coincide by chance",
    )


@dataclass(frozen=True)
class AuthorsParams:
    """Same-author scores and author clusters."""

    neighbours: int = knob(
        40,
        low=1,
        high=1000,
        help="nearest texts in style that each text is compared with",
        source="ours: 40 find most same-author texts of the shared listings",
    )
    cohort_texts: int = knob(
        2500,
        low=30,
        high=100_000,
        help="texts of other authors that a likeness is measured against",
        source="Matejka et al. 2017 use hundreds to thousands",
    )
    cohort_top: int = knob(
        200,
        low=10,
        high=10_000,
        help="highest cohort scores that set a text's middle and spread",
        source="Matejka et al. 2017: 200 to 400",
    )
    hub_ads: int = knob(
        1000,
        low=2,
        high=10_000_000,
        help="an identifier in more ads than this joins nobody",
        source="ours: beyond it, a switchboard is likelier than one author",
    )
    hub_contacts: int = knob(
        4,
        low=1,
        high=1000,
        help="an identifier beside more different handles and e-mail addresses joins nobody",
        source="ours: one author seldom uses more",
    )
    hub_log10_lr: float = knob(
        0.0,
        low=-3.0,
        high=3.0,
        help="an identifier whose texts are, on average, less alike in style joins nobody",
        source="ours: 0 = its texts speak for different authors",
    )
    least_authors: int = knob(
        20,
        low=5,
        high=100_000,
        help="authors known by contact data before the workspace's own model is fitted",
        source="ours: with fewer, the shipped model is better",
    )
    prior_authors: float = knob(
        10.0,
        low=0.0,
        high=100_000.0,
        help="known authors at which own and shipped calibration count alike",
        source="ours: real corpora differ more from one another than ten authors do",
    )
    training_negatives: int = knob(
        40_000,
        low=1000,
        high=5_000_000,
        help="pairs of different known authors used for fitting",
        source="ours: supports likelihood ratios to about 10^4.6",
    )
    most_log10_lr: float = knob(
        5.0,
        low=1.0,
        high=8.0,
        help="strongest evidence that text alone may give, either way",
        source="Vergeer et al. 2016: never beyond what the validation pairs support",
    )
    prior_probability: float = knob(
        0.0002,
        low=0.000001,
        high=0.5,
        help="chance that two texts have one author, where labels are few",
        source="shared listings, training hosts: 0.0002 within a city at ten pairs a host, "
        "which is how scores are calibrated; planted worlds: 0.014",
    )
    template_one_site_probability: float = knob(
        0.88,
        low=0.001,
        high=0.999,
        help="chance that two ads of a template seen on one site are one author's, before it is "
        "measured here",
        source="shared listings, training hosts: 0.96 of 335 templates; planted worlds 101, 102: "
        "0.99 of 1,066; lowered, since other kinds of text are copied more",
    )
    template_several_sites_probability: float = knob(
        0.78,
        low=0.001,
        high=0.999,
        help="the same for a template seen on several sites",
        source="planted worlds 101 and 102: 0.77 of 297 templates; no real ones were at hand",
    )
    identifier_log10_lr: float = knob(
        4.0,
        low=0.0,
        high=8.0,
        help="evidence stated for a shared identifier",
        source="ours: numbers change hands and texts are copied, so it is never certainty",
    )
    different_contacts_log10_lr: float = knob(
        -1.0,
        low=-4.0,
        high=0.0,
        help="evidence when two groups of ads name different handles or e-mail addresses",
        source="ours: people do use several, but seldom without a link",
    )
    false_merge_target: float = knob(
        0.05,
        low=0.001,
        high=0.5,
        help="largest expected share of false pairs among the pairs of texts joined by style",
        source="ours: one false pair in twenty",
    )
    most_join_error: float = knob(
        0.3,
        low=0.001,
        high=0.5,
        help="largest chance of error of any single join by style",
        source="ours: no join likelier false than three in ten, however good the cluster; "
        "at 0.4, one wrong join in a large cluster spoils it (training hosts)",
    )
    sampled_pairs: int = knob(
        16,
        low=1,
        high=1000,
        help="pairs of texts compared between two groups of ads before they are joined",
        source="ours: a mean over 16 pairs is not moved by one",
    )
    hour_gap_s: int = knob(
        3600,
        low=60,
        high=86_400,
        help="ads of one author this close in time are one sitting, and its hour counts once",
        source="ours: 10 minutes instead makes likelihood ratios too strong on planted worlds "
        "(Cllr 1.04), where sessions last about half an hour; 6 hours leave too few sittings",
    )
    hour_sittings: float = knob(
        40.0,
        low=1.0,
        high=100_000.0,
        help="most that any number of sittings of one side says, in independent ones",
        source="ours: habits drift; on half of the authors of Debian changelogs 20 and 40 do "
        "alike, 10 and 80 worse, and with 40 the likelihood ratios need no rescaling",
    )
    most_hour_log10_lr: float = knob(
        2.0,
        low=0.0,
        high=4.0,
        help="strongest evidence that posting hours may give, either way",
        source="ours: three hundred known authors' worth; Vergeer et al. 2016",
    )
    unfitted_hour_log10_lr: float = knob(
        0.5,
        low=0.0,
        high=4.0,
        help="the same, where known authors are too few to fit it here",
        source="ours: a factor of three, hardly more than no support on the ENFSI scale",
    )
    most_rounds: int = knob(
        60, low=1, high=10_000, help="rounds of joining, at most", source="ours: it ends sooner"
    )


@dataclass(frozen=True)
class WalletsParams:
    """CoinJoins, address clusters and services."""

    coinjoin_equal_outputs: int = knob(
        3,
        low=2,
        high=100,
        help="equal outputs from as many input scripts that make a CoinJoin of a transaction",
        source="Goldfeder et al., PETS 2018; ours: 0.2% of ordinary 2024 mempool transactions",
    )
    coinjoin_least_sat: int = knob(
        5000,
        low=1,
        high=100_000_000,
        help="smallest equal output that counts, in satoshi",
        source="least output of Wasabi 2; JoinMarket and Whirlpool mix more. Below it lie the "
        "postage outputs of inscriptions (330, 546, 600)",
    )
    wasabi2_inputs: int = knob(
        8,
        low=3,
        high=1000,
        help="inputs from which a transaction is looked at as a Wasabi 2 CoinJoin",
        source="ours: rounds had 50 and more inputs until June 2024, later coordinators allow few; "
        "real rounds of 10 to 14 inputs are known",
    )
    wasabi2_odd_outputs: int = knob(
        3,
        low=1,
        high=1000,
        help="outputs that are a power of two or three, or its double, in a Wasabi 2 CoinJoin",
        source="amount decomposition of Wasabi 2.0; ours: ordinary payments have none",
    )
    wasabi2_standard_share: float = knob(
        0.5,
        low=0.1,
        high=1.0,
        help="share of outputs with a standard amount in a Wasabi 2 CoinJoin",
        source="amount decomposition of Wasabi 2.0: all but one change output of some wallets",
    )
    joinmarket_fee_share: float = knob(
        0.005,
        low=0.0,
        high=0.1,
        help="largest fee of a JoinMarket maker, as a share of the equal output",
        source="ours: 0.4% in a mainnet CoinJoin of the tuning half; makers' default is 0.002%",
    )
    joinmarket_fee_sat: int = knob(
        5000,
        low=0,
        high=1_000_000,
        help="largest fixed fee of a JoinMarket maker, and largest part of the miner's fee that "
        "it pays, in satoshi",
        source="JoinMarket's makers' defaults over the years: cjfee_a 500, txfee 0 to 5000",
    )
    joinmarket_search_steps: int = knob(
        300_000,
        low=1000,
        high=10**9,
        help="comparisons after which sharing out a transaction's inputs is given up",
        source="ours: about two milliseconds",
    )
    service_recipients: int = knob(
        500,
        low=10,
        high=10_000_000,
        help="different scripts paid from which a wallet may be held to be a service",
        source="ours: four times the most ads of one author in our worlds",
    )
    service_transactions: int = knob(
        200,
        low=10,
        high=10_000_000,
        help="transactions from which a wallet with that many recipients is held to be a service",
        source="ours",
    )
    service_payers: int = knob(
        5000,
        low=10,
        high=10_000_000,
        help="different wallets paying it from which a wallet may be held to be a service",
        source="ours: ten times service_recipients; collecting from hundreds can be one person's "
        "trade, and a suspect held to be a service would be passed over",
    )
    service_outputs_per_address: float = knob(
        10.0,
        low=1.0,
        high=1_000_000.0,
        help="outputs received per address paid that count as reuse, one of the signs of a service",
        source="ours: most wallet software shows a new address for every payment",
    )
    service_life_days: int = knob(
        180,
        low=1,
        high=10_000,
        help="days between first and last transaction that count as one of the signs of a service",
        source="ours",
    )
    refused_merge_scripts: int = knob(
        10_000,
        low=2,
        high=1_000_000_000,
        help="addresses from which two clusters are too large to be joined by one transaction",
        source="ours: two businesses of this size melt into one more often by an unseen CoinJoin "
        "than by an owner who kept them apart for so long",
    )
    growth_alarm_scripts: int = knob(
        1000,
        low=2,
        high=1_000_000_000,
        help="addresses of a cluster from which its growth through one transaction is looked at",
        source="ours: below it a person can look through the addresses",
    )
    growth_alarm_factor: float = knob(
        2.0,
        low=1.0,
        high=1000.0,
        help="growth of a large cluster through one transaction that is listed as an alarm",
        source="ours: at least half of it came from elsewhere",
    )


@dataclass(frozen=True)
class ChangeParams:
    """Which output of a payment is the payer's change."""

    joins_wallets: bool = knob(
        False,
        low=False,
        high=True,
        help="also write wider wallets, joined by change; other stages never use them",
        source="Möser & Narayanan 2022: change joins strangers where a heuristic errs",
    )
    least_revealed: int = knob(
        30,
        low=1,
        high=1_000_000,
        help="payments of revealed change from which a heuristic's precision is measured here; "
        "with fewer, the precision measured on regtest is used",
        source="ours: the interval is then no wider than 0.36",
    )
    least_precision: float = knob(
        0.8,
        low=0.0,
        high=1.0,
        help="a heuristic whose measured precision is lower is not composed with the others",
        source="ours: one in five wrong would spoil what the others say",
    )
    least_join_probability: float = knob(
        0.95,
        low=0.5,
        high=1.0,
        help="lower end of the measured precision from which change joins wider wallets",
        source="ours: joining strangers is the costlier mistake",
    )
    round_sat: int = knob(
        1000,
        low=100,
        high=100_000_000,
        help="amounts that this divides are round, in satoshi",
        source="ours: 0.00001 bitcoin; chance makes one amount in 1,000 as round",
    )
    round_fiat_tolerance: float = knob(
        0.002,
        low=0.0,
        high=0.05,
        help="share by which an amount may miss a round amount of money",
        source="ours: the spread of quotes within a minute",
    )
    round_fiat_least: float = knob(
        5.0,
        low=0.0,
        high=1_000_000.0,
        help="smallest amount of money that can be round",
        source="ours: below it every amount is near a round one",
    )
    price_gap_s: int = knob(
        120,
        low=1,
        high=86_400,
        help="oldest bitcoin price that tells a round amount of money, in seconds",
        source="ours: bitcoin moves by more than the tolerance in an hour",
    )


@dataclass(frozen=True)
class PaymentsParams:
    """Which payment bought which ad."""

    max_delay_s: int = knob(
        3600,
        low=60,
        high=86_400,
        help="longest time from a payment's first-seen time to the posting of its ad, in seconds",
        source="Portnoff et al. 2017 saw minutes; processors lock a quote for 10-15 minutes",
    )
    clock_slack_s: int = knob(
        30,
        low=0,
        high=3600,
        help="seconds by which site and observer clocks may disagree",
        source="two nodes agreed within 13 s for 99% of blocks (measured)",
    )
    follow_site_clocks: bool = knob(
        True,
        low=False,
        high=True,
        help="score the ads of a site whose clock or time zone is clearly wrong at the corrected "
        "times; the ads themselves stay as posted",
        source="ours: else no payment of such a site is found at all",
    )
    follow_confirmations: bool = knob(
        True,
        low=False,
        high=True,
        help="count the delays of a site that clearly waits for a confirmation from the block's "
        "time; outputs without a block are then no candidates of that site",
        source="ours: waiting for a block blurs the delay from first-seen by ten minutes",
    )
    amount_tolerance: float = knob(
        0.04,
        low=0.001,
        high=0.3,
        help="largest |ln(paid / price)| of a candidate payment",
        source="quote spread and rate lock of payment processors; twice the KDD 2017 rule's 2%",
    )
    quote_lock_s: int = knob(
        900,
        low=0,
        high=7200,
        help="longest time before a payment at which its bitcoin amount was quoted, in seconds",
        source="payment processors lock a rate for 10-15 minutes",
    )
    price_gap_s: int = knob(
        3600,
        low=60,
        high=7 * 86_400,
        help="oldest bitcoin price that may be used, in seconds; a regular series sparser than "
        "this (daily) is used up to twice its own spacing",
        source="ours: bitcoin moves about 0.5% in an hour",
    )
    late_first_seen_s: int = knob(
        120,
        low=0,
        high=86_400,
        help="a first-seen time later than the block's time by more than this is not trusted",
        source="a node that saw a transaction only in its block tells the block's arrival",
    )
    block_slack_s: int = knob(
        120,
        low=0,
        high=7200,
        help="seconds by which a block's header time may be off, at both ends of the interval "
        "used where the first-seen time is missing",
        source="Bitcoin allows two hours ahead; miners' clocks are seldom off by minutes",
    )
    max_interval_s: int = knob(
        7200,
        low=600,
        high=86_400,
        help="longest interval in which a transaction without first-seen time is looked for",
        source="ours: an interval of hours says nothing about minutes",
    )
    pair_window_s: int = knob(
        900,
        low=0,
        high=86_400,
        help="ads of one site this close in time may have been bought by one payment",
        source="ours: one quote lasts at most 15 minutes",
    )
    pair_prior: float = knob(
        0.05,
        low=0.0,
        high=0.5,
        help="share of purchases that buy two ads at once, before looking",
        source="ours: a guess; the share is not learned",
    )
    run_prior: float = knob(
        0.02,
        low=0.0,
        high=0.3,
        help="share of ads bought three or more at once, before looking",
        source="ours: a guess; the share is not learned",
    )
    most_ads_at_once: int = knob(
        6,
        low=2,
        high=6,
        help="most ads that one payment is taken to have bought",
        source="ours: sums of more ads meet every round amount",
    )
    most_asking_prices: int = knob(
        400_000,
        low=1000,
        high=100_000_000,
        help="where all ads together may have cost more sums than this (alone, or with others of "
        "their minutes), the least likely ones are not looked for",
        source="ours: time; a hundred thousand ads on few sites have as many neighbours that they "
        "were not bought with",
    )
    bump_tolerance_s: int = knob(
        60,
        low=0,
        high=600,
        help="how exactly a bump or automatic repost falls on the minute of the hour",
        source="ours: one step of a site that tells minutes",
    )
    bump_paid_prior: float = knob(
        0.1,
        low=0.0,
        high=1.0,
        help="share of bumps and automatic reposts that cost the full price where no rule speaks",
        source="ours: a guess; sites sell them cheaply, in bundles, or give them",
    )
    upsell_prior: float = knob(
        0.2,
        low=0.0,
        high=0.9,
        help="share of ads bought with an upsell that a price rule names, before looking",
        source="ours: a guess, between no upsells and every other ad",
    )
    law_pseudo_payments: float = knob(
        30.0,
        low=1.0,
        high=10_000.0,
        help="payments' worth of weight that the all-sites law has in each site's law",
        source="ours: shrinkage, so that a site with few ads does not invent a law",
    )
    law_ads: int = knob(
        5000,
        low=100,
        high=1_000_000,
        help="most ads of one site from which its laws are learned (chosen by hash)",
        source="ours: more change the law by less than its smoothing",
    )
    law_candidates: int = knob(
        1_000_000,
        low=1000,
        high=100_000_000,
        help="about so many candidates of all sites together teach the laws; where ads have more, "
        "fewer ads teach",
        source="ours: memory, about 0.8 GB",
    )
    least_log10_lr: float = knob(
        -2.0,
        low=-6.0,
        high=2.0,
        help="candidates with less evidence are not stored, in the real and the decoy rounds alike",
        source="ours: keeps tables small; what is dropped still counts in the posterior",
    )
    most_candidates: int = knob(
        20_000_000,
        low=10_000,
        high=10_000_000_000,
        help="about so many candidates of all rounds together are stored; where there would be "
        "more, `least_log10_lr` rises until there are not",
        source="ours: memory, about 0.2 GB for each million while the stage runs",
    )
    decoy_rounds: int = knob(
        20,
        low=1,
        high=500,
        help="how many times all ads are moved in time to measure false discoveries",
        source="target-decoy competition, Elias & Gygi 2007, with repeated decoys",
    )


@dataclass(frozen=True)
class AttributionParams:
    """Which wallet pays for which author's ads."""

    keep_q_value: float = knob(
        0.5,
        low=0.0,
        high=1.0,
        help="attributions with a larger q-value are not stored",
        source="ours: above it more than half are expected to be false",
    )
    most_error_probability: float = knob(
        0.2,
        low=0.01,
        high=1.0,
        help="a pair that is itself likelier to be false than this gets that probability as its "
        "q-value, however sure the pairs above it are",
        source="ours: nobody is named at odds worse than four to one",
    )
    author_doubt: float = knob(
        1.0,
        low=0.0,
        high=100.0,
        help="by how much the odds are multiplied that a wallet's ads are strays in an author's "
        "group: 0 where authors are known, 1 where they are estimated from texts",
        source="ours: odds fitted on planted worlds, see evaluation/payments/strays.py",
    )
    least_transactions: int = knob(
        2,
        low=1,
        high=100,
        help="distinct transactions that must match before a wallet is named for an author",
        source="ours: one coincidence in time and amount never identifies a payer",
    )
    exhaustion_rounds: int = knob(
        4,
        low=0,
        high=20,
        help="passes that give each transaction and each ad to its best explanation only",
        source="ours: competing explanations must not share the same evidence",
    )
    kdd_least_ads: int = knob(
        3,
        low=1,
        high=100,
        help="ads that must match before the KDD 2017 rule names a wallet",
        source="Portnoff et al. 2017",
    )
    kdd_amount_tolerance: float = knob(
        0.02,
        low=0.0,
        high=0.5,
        help="amount tolerance of the KDD 2017 rule",
        source="Portnoff et al. 2017",
    )
    chen_window_s: int = knob(
        900,
        low=1,
        high=86_400,
        help="the Chen 2021 box in time, in seconds before the posting",
        source="Chen et al. 2021",
    )
    chen_amount_tolerance: float = knob(
        0.01,
        low=0.0,
        high=0.5,
        help="the Chen 2021 box in amount",
        source="Chen et al. 2021",
    )
    chen_least_ads: int = knob(
        3,
        low=1,
        high=100,
        help="ads a wallet must newly explain before the Chen 2021 cover takes it",
        source="ours: the weakest reading that still names wallets",
    )


@dataclass(frozen=True)
class IdentitiesParams:
    """Which authors are one identity, from everything but the law of payments."""

    link_q_value: float = knob(
        0.05,
        low=0.0,
        high=1.0,
        help="attributions up to this q-value count as a wallet that an author uses",
        source="ours: as for leads",
    )
    hub_authors: int = knob(
        4,
        low=2,
        high=10_000,
        help="strangers from which a shared contact, picture, text or wallet is a hub, ties nobody",
        source="ours: as for leads; agencies, spam and site operators share one value",
    )
    splinter_share: float = knob(
        0.1,
        low=0.0,
        high=1.0,
        help="for how much of a stranger an author without any contact counts",
        source="ours: bare ads are often splinters of an author with contacts",
    )
    least_log10_odds: float = knob(
        0.8,
        low=-2.0,
        high=6.0,
        help="log10 odds of one identity from which two clusters are joined",
        source="ours: below lie bare parts of one author that no place is common to",
    )
    author_error: float = knob(
        0.05,
        low=0.001,
        high=0.5,
        help="chance that two parts of one author, with nothing else known, are two people's",
        source="ours: the authors stage's own target (authors.false_merge_target)",
    )
    accident_authors: float = knob(
        0.05,
        low=0.0001,
        high=10.0,
        help="strangers expected to use a contact by accident, beyond those seen to share it",
        source="ours: numbers are passed on and mistyped; one in twenty is cautious",
    )
    copied_image_authors: float = knob(
        0.3,
        low=0.0001,
        high=100.0,
        help="strangers expected to have copied a picture, beyond those seen to share it",
        source="ours: pictures are stolen more often than telephone numbers are shared",
    )
    foreign_share: float = knob(
        0.2,
        low=0.001,
        high=1.0,
        help="chance that a contact or picture in an ad is not its author's own",
        source="ours: pictures are stolen, numbers mistyped; so one ad is no strong witness",
    )
    most_contacts: float = knob(
        6.0,
        low=0.0,
        high=20.0,
        help="strongest log10 weight of all shared contacts together",
        source="ours: two contacts of one hand are seldom two facts",
    )
    most_image: float = knob(
        4.0,
        low=0.0,
        high=20.0,
        help="strongest log10 weight of shared pictures",
        source="ours: a set of pictures is copied as easily as one",
    )
    most_style: float = knob(
        1.5,
        low=0.0,
        high=5.0,
        help="strongest log10 weight of style between parts that the authors stage kept apart",
        source="ours: it saw that style and refused; only another kind of evidence may overrule it",
    )
    most_template: float = knob(
        1.0,
        low=0.0,
        high=5.0,
        help="strongest log10 weight of a common text template",
        source="ours: texts are copied; an author's own texts are style",
    )
    most_wallet: float = knob(
        1.5,
        low=0.0,
        high=5.0,
        help="strongest log10 weight of a private wallet that pays for both",
        source="ours: wallets are lent and shared; one in twenty payers in worlds",
    )
    most_place: float = knob(
        0.5,
        low=0.0,
        high=5.0,
        help="strongest log10 weight of places, either way",
        source="ours: people move, and strangers live in one city",
    )
    most_against: float = knob(
        3.0,
        low=0.0,
        high=20.0,
        help="strongest log10 weight against of contacts, and of pictures, that never meet",
        source="ours: people do change everything at once, but seldom",
    )
    most_authors: int = knob(
        100,
        low=2,
        high=100_000,
        help="authors of one identity, at most; a join beyond it is refused and told",
        source="ours: no person's style falls into more parts; beyond it lies an unseen hub",
    )
    most_rounds: int = knob(
        300,
        low=1,
        high=100_000,
        help="rounds of joining, at most; what is then left to join is told",
        source="ours: worlds end within 50; a text in 100,000 bare wordings would take thousands",
    )


@dataclass(frozen=True)
class PicturesParams:
    """Limits on pictures whose hashes are computed; a picture is never kept."""

    max_bytes: int = knob(
        256 * 2**20,
        low=1024,
        high=2**31,
        help="largest picture file; a larger one is rejected unread",
        source="ours: memory bound",
    )
    max_pixels: int = knob(
        64_000_000,
        low=1024,
        high=2**29,
        help="most pixels of a picture; a larger one is rejected before it is unpacked",
        source="ours: above common cameras; a small file can stand for gigabytes of pixels",
    )


@dataclass(frozen=True)
class ImagesParams:
    """Pictures of ads, by their PDQ hashes: near-equal ones, and those on lists."""

    max_distance: int = knob(
        31,
        low=0,
        high=63,
        help="bits of 256 in which two hashes of one picture may differ",
        source="Facebook 2019 (PDQ): 31 for one picture, edited a little",
    )
    min_quality: int = knob(
        50,
        low=0,
        high=100,
        help="a listed hash of lower PDQ quality is no evidence",
        source="Facebook 2019 (PDQ): below 50 a picture has too little structure",
    )
    max_imbalance: int = knob(
        32,
        low=0,
        high=128,
        help="a hash whose set bits are further from 128 is of a blank picture, or no PDQ hash",
        source="PDQ sets the half of its bits above their median: 128 on 300 made pictures",
    )
    min_rows: int = knob(
        4,
        low=1,
        high=16,
        help="a hash with fewer different rows of 16 bits is a pattern, not a picture's",
        source="ours: a hash of a picture has 16 different rows, or nearly",
    )
    flood_authors: int = knob(
        25,
        low=2,
        high=1_000_000,
        help="a picture of more authors is a logo or a stock picture: quarantined",
        source="ours: not measured; rings of more authors than this are rare",
    )
    flood_sites: int = knob(
        25,
        low=2,
        high=1_000_000,
        help="a picture on more sites is quarantined",
        source="ours: not measured",
    )
    flood_hashes: int = knob(
        1_000,
        low=1,
        high=1_000_000,
        help="a hash near more different ones is quarantined; it bounds memory too",
        source="ours: far above the copies that one picture has",
    )
    random_hashes: int = knob(
        10_000,
        low=0,
        high=10_000_000,
        help="random hashes that are looked for in the lists beside the ads' own",
        source="ours: shows a rate of chance matches down to one in ten thousand",
    )
    pairs_measured: int = knob(
        200_000,
        low=1_000,
        high=100_000_000,
        help="pairs of unrelated hashes whose distances tell how alike pictures are by chance",
        source="ours: the spread is then known to about 0.2%",
    )
    seed: int = knob(1, low=0, high=2**31, help="of the random hashes and pairs", source="ours")


@dataclass(frozen=True)
class CreditParams:
    """Packs of credit that were bought before a run of ads, and refunds."""

    longest_s: int = knob(
        7 * 86_400,
        low=3600,
        high=60 * 86_400,
        help="longest time from the purchase of credit to the first ad that it paid, in seconds",
        source="ours: a guess; who buys credit means to post",
    )
    even_s: int = knob(
        3600,
        low=60,
        high=7 * 86_400,
        help="all times up to about this one from a purchase of credit to its first ad are equally "
        "likely; beyond, every doubling is",
        source="ours: wide on purpose; nothing was measured",
    )
    prior: float = knob(
        0.05,
        low=0.0001,
        high=0.9,
        help="share of payments to a site that sells credit that buy some, before looking",
        source="ours: a guess; the share is not learned",
    )
    least_ads: int = knob(
        2,
        low=1,
        high=100,
        help="ads without a payment of their own that must follow a purchase of credit",
        source="ours: credit for one ad cannot be told from an early payment",
    )
    keep_q_value: float = knob(
        0.5,
        low=0.0,
        high=1.0,
        help="purchases of credit with a larger q-value are not stored",
        source="ours: above it more than half are expected to be false",
    )
    refund_window_s: int = knob(
        86_400,
        low=600,
        high=30 * 86_400,
        help="longest time from a payment to its refund, in seconds",
        source="ours: processors return what was paid too late or too much within hours",
    )


@dataclass(frozen=True)
class RingsParams:
    """Indicators and ranking of leads."""

    link_q_value: float = knob(
        0.05,
        low=0.0,
        high=1.0,
        help="attributions up to this q-value join authors into one lead",
        source="ours: one false link in twenty is as much as a reviewer should meet",
    )
    hub_authors: int = knob(
        4,
        low=2,
        high=10_000,
        help="authors from which a shared contact is taken for a switchboard's",
        source="ours: see the record linkage literature on hubs; agencies share one number",
    )
    least_weight: float = knob(
        0.1,
        low=0.0,
        high=1.0,
        help="decades of rarity that an indicator counts for at least, where it speaks",
        source="ours",
    )
    flag_points: float = knob(
        2.5,
        low=0.0,
        high=100.0,
        help="points from which a lead is flagged; leads below are listed, unflagged",
        source="ours: set on invented worlds of other seeds than those reported on",
    )
    least_name_share: float = knob(
        0.03,
        low=0.0,
        high=1.0,
        help="share of a group's naming ads that must have a name for it to count as a person's",
        source="ours: rarer names in many ads are mostly misread words",
    )
    least_cue_share: float = knob(
        0.2,
        low=0.0,
        high=1.0,
        help="share of the texts with a word where it stands as a name, for it to be one",
        source="ours: 'first time here' makes nobody called Time",
    )
    most_code_share: float = knob(
        0.01,
        low=0.0,
        high=1.0,
        help="share of groups up to which an emoji of a published list counts as a code",
        source="ours: what more people use is decoration",
    )
    fastest_km_h: float = knob(
        600.0,
        low=10.0,
        high=2_000.0,
        help="kilometres an hour, door to door, that nobody beats",
        source="ours: an airliner's 800 to 900 less boarding",
    )
    trip_overhead_h: float = knob(
        0.5,
        low=0.0,
        high=24.0,
        help="hours added to every trip between cities",
        source="ours: leaving, arriving",
    )
    far_apart_km: float = knob(
        60.0,
        low=0.0,
        high=1_000.0,
        help="kilometres from which two cities are not one place of work",
        source="ours: commuting range of a metropolis",
    )
    short_stay_days: float = knob(
        3.0,
        low=0.1,
        high=60.0,
        help="days up to which a stay in a city that ends in another city is short",
        source="ours, after Ibanez & Suthers 2014 on circuits",
    )
    payment_posterior: float = knob(
        0.9,
        low=0.5,
        high=1.0,
        help="probability from which a payment link ties an ad to others of the wallet",
        source="ours",
    )
    evidence_rows: int = knob(
        8,
        low=1,
        high=1_000,
        help="ads shown for each indicator of a lead, with the words that carry it",
        source="ours: enough to check, few enough to read",
    )
    least_judgements: int = knob(
        40,
        low=10,
        high=100_000,
        help="judged leads from which points are fitted, at least a quarter of them each way",
        source="ours: fewer than one judgement per indicator fit nothing",
    )
    prior_judgements: float = knob(
        10.0,
        low=0.1,
        high=10_000.0,
        help="how hard fitted points are held to the points by rarity (ridge)",
        source="ours",
    )
    bootstrap_rounds: int = knob(
        100,
        low=20,
        high=10_000,
        help="samples of the judgements drawn anew, for the intervals of fitted points",
        source="Efron & Tibshirani 1993: 50 to 200 for a standard error",
    )


@dataclass(frozen=True)
class ReferralsParams:
    """Priority of reports: points are ours, said openly and never fitted in silence."""

    joins_identity: float = knob(
        2.0,
        low=-10.0,
        high=10.0,
        help="points where an identifier stands in an identity's ads",
        source="ours",
    )
    live_identity: float = knob(
        1.0, low=-10.0, high=10.0, help="points where that poster posts at that time", source="ours"
    )
    joins_lead: float = knob(
        0.5, low=-10.0, high=10.0, help="points where that poster is among the leads", source="ours"
    )
    strong_lead: float = knob(
        1.0,
        low=-10.0,
        high=10.0,
        help="points more where that lead is among the first strong_lead_share of the leads",
        source="ours",
    )
    strong_lead_share: float = knob(
        0.2, low=0.0, high=1.0, help="share of the leads, by rank, that are strong", source="ours"
    )
    under_age_lead: float = knob(
        4.0,
        low=-10.0,
        high=10.0,
        help="points where that lead's ads state an age under 18",
        source="ours: as in the leads, looked at first",
    )
    under_age_told: float = knob(
        4.0,
        low=-10.0,
        high=10.0,
        help="points where the report tells of somebody under 18",
        source="ours: with joins_nobody as much as a live author among the leads gives",
    )
    known_file: float = knob(
        2.0,
        low=-10.0,
        high=10.0,
        help="points where the reporter knows a file as one of known abuse",
        source="ours",
    )
    independent_reporter: float = knob(
        0.5,
        low=-10.0,
        high=10.0,
        help="points for each further reporter who names the same identifier in his own words",
        source="ours",
    )
    most_reporters: int = knob(
        3, low=0, high=100, help="further reporters that count at most", source="ours"
    )
    happened_lately: float = knob(
        0.5,
        low=-10.0,
        high=10.0,
        help="points where what is told happened shortly before it was reported",
        source="ours",
    )
    lately_days: float = knob(
        7.0,
        low=0.0,
        high=3_650.0,
        help="days from incident to report that are shortly before",
        source="ours",
    )
    severe_type: float = knob(
        2.0, low=-10.0, high=10.0, help="points for an incident type of severe_words", source="ours"
    )
    grave_type: float = knob(
        1.0, low=-10.0, high=10.0, help="points for an incident type of grave_words", source="ours"
    )
    severe_words: str = knob(
        "trafficking enticement extortion coercion imminent",
        help="words of incident types in which somebody may be in danger now",
        source="ours, after the incident types that hotlines use; the reporter's word, unchecked",
    )
    grave_words: str = knob(
        "exploitation production travel tourism",
        help="words of incident types in which somebody was harmed",
        source="ours, likewise",
    )
    spam: float = knob(
        -3.0, low=-10.0, high=10.0, help="points where the report reads like spam", source="ours"
    )
    spam_words: str = knob(
        "spam test advertising",
        help="words of incident types of reports that are spam",
        source="ours",
    )
    viral_duplicate: float = knob(
        -6.0,
        low=-10.0,
        high=10.0,
        help="points of a report that many sent in alike, where it joins nobody",
        source="ours",
    )
    joins_nobody: float = knob(
        -0.5, low=-10.0, high=10.0, help="points where nothing in it joins an author", source="ours"
    )
    switchboard: float = knob(
        0.5,
        low=-10.0,
        high=10.0,
        help="points where only a contact that many authors share joins it",
        source="ours: such a contact says little of any one of them",
    )
    switchboard_under_age: float = knob(
        2.0,
        low=-10.0,
        high=10.0,
        help="points more where one of those who share it is a lead that states an age under 18",
        source="ours: half of under_age_lead, as it may be another's",
    )
    hub_authors: int = knob(
        4,
        low=2,
        high=10_000,
        help="authors or leads from which a shared contact is taken for a switchboard's",
        source="ours: as rings.hub_authors",
    )
    live_days: float = knob(
        14.0,
        low=0.0,
        high=3_650.0,
        help="an author is live whose last ad is at most so many days older than the report",
        source="ours: people who advertise post weekly or oftener",
    )
    viral_reporters: int = knob(
        5,
        low=2,
        high=100_000,
        help="reporters of one text or set of files from which it is a known duplicate",
        source="ours: a family or a school has fewer who write the same words",
    )
    most_references: int = knob(
        20,
        low=1,
        high=10_000,
        help="reports that one report may refer to; one that names more is a list and joins none",
        source="ours: so that no single report can make one of all; a thread of letters has fewer",
    )
    common_reports: int = knob(
        50,
        low=2,
        high=1_000_000,
        help="reports from which an identifier is the reporters' own and no sign of agreement",
        source="ours: a platform's or hotline's own address stands in hundreds",
    )


@dataclass(frozen=True)
class Params:
    """All parameters of a workspace, one section per stage."""

    sources: SourceParams = SourceParams()
    node: NodeParams = NodeParams()
    live: LiveParams = LiveParams()
    texts: TextsParams = TextsParams()
    authors: AuthorsParams = AuthorsParams()
    wallets: WalletsParams = WalletsParams()
    change: ChangeParams = ChangeParams()
    payments: PaymentsParams = PaymentsParams()
    attribution: AttributionParams = AttributionParams()
    credit: CreditParams = CreditParams()
    images: ImagesParams = ImagesParams()
    identities: IdentitiesParams = IdentitiesParams()
    rings: RingsParams = RingsParams()
    referrals: ReferralsParams = ReferralsParams()
    pictures: PicturesParams = PicturesParams()

    def with_values(self, values: Mapping[str, Any]) -> Params:
        """A copy with `section.name` keys replaced; strings are read as the field's type.

        Raises UsageError for an unknown key, a value of the wrong type, or one out of range.
        """
        sections: dict[str, dict[str, Any]] = {}
        for key, value in values.items():
            section_name, _, field_name = key.partition(".")
            fields = SECTION_FIELDS.get(section_name, {})
            if field_name not in fields:
                known = ", ".join(f"{s}.{f}" for s, fs in SECTION_FIELDS.items() for f in fs)
                raise UsageError(f"there is no parameter {key!r}", do=f"the parameters are {known}")
            sections.setdefault(section_name, {})[field_name] = _checked(
                key, value, fields[field_name]
            )
        changed = {
            name: dataclasses.replace(getattr(self, name), **fields)
            for name, fields in sections.items()
        }
        return dataclasses.replace(self, **changed)


def as_values(section: Any) -> dict[str, Any]:
    """A parameter section as a plain dictionary, for the run record."""
    return dataclasses.asdict(section)


def _checked(key: str, value: Any, field: dataclasses.Field[Any]) -> Any:
    kind = type(field.default)
    try:
        converted = _converted(value, kind)
    except ValueError:
        raise UsageError(f"{key} is {value!r}", do=f"give a {kind.__name__}") from None
    low, high = field.metadata["low"], field.metadata["high"]
    if kind is str and low is not None and converted not in low:
        raise UsageError(f"{key} is {value!r}", do=f"give one of {', '.join(low)}")
    if kind in (int, float) and not (
        (low is None or converted >= low) and (high is None or converted <= high)
    ):
        raise UsageError(f"{key} is {value}", do=f"it must lie between {low} and {high}")
    return converted


def _converted(value: Any, kind: type) -> Any:
    if kind is bool:
        words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        return words[str(value).lower()] if str(value).lower() in words else _refuse(value)
    if kind is int and isinstance(value, float) and not value.is_integer():
        return _refuse(value)
    return kind(value)


def _refuse(value: Any) -> Any:
    raise ValueError(value)


SECTION_FIELDS: Final[dict[str, dict[str, dataclasses.Field[Any]]]] = {
    section.name: {f.name: f for f in dataclasses.fields(section.default)}  # type: ignore[arg-type]
    for section in dataclasses.fields(Params)
}
