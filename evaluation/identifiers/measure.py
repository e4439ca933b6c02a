"""Precision and recall of hard identifiers, by kind and set, and ads read in a second.

    PYTHONPATH=src:. python -m evaluation.identifiers.measure [--sets rule a b] [--show] [--speed]

An identifier is right where kind, normal form and (where the truth names one) app agree. Likely
handles count as handles, right or wrong. Domains follow from links and are counted apart. The
hand-made sets are not for tuning: `--show` tells errors, and is meant for the rule-made set.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from typing import Final

from evaluation.identifiers.ads import Ad, Truth, hand_made
from evaluation.identifiers.rule_made import rule_made

from inktrace.authors.contacts import domain_of
from inktrace.authors.masking import read_text
from inktrace.authors.phones import valid_number
from inktrace.params import TextsParams

Z: Final = 1.959964
_APART: Final = ("domain",)


def main() -> None:
    """Print a table for each set, and the speed where asked."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sets", nargs="*", default=["rule", "a", "b"])
    options.add_argument("--seed", type=int, default=6, help="of the rule-made set")
    options.add_argument("--show", action="store_true", help="print every error")
    options.add_argument("--speed", action="store_true", help="ads a second, as measured alone")
    given = options.parse_args()
    for name in given.sets:
        ads = rule_made(seed=given.seed) if name == "rule" else hand_made(name)
        print(f"\n{'rule-made' if name == 'rule' else 'hand-made ' + name}: {len(ads)} ads")
        report(ads, given.show)
    if given.speed:
        for joined in (1, 3):
            rate, length = ads_per_second(joined)
            print(f"\n{rate:,.0f} ads a second on one core ({length:.0f} characters on average)")


def report(ads: list[Ad], show: bool) -> None:
    """Print precision, recall and F1 by kind, with Wilson's 95% intervals."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for ad in ads:
        hits, extra, lost = compared(ad)
        right.update(truth.kind for truth in hits)
        wrong.update(truth.kind for truth in extra)
        missed.update(truth.kind for truth in lost)
        if show and (extra or lost):
            print(repr(ad.text), ad.country, "\n   extra", extra, "\n   missed", lost)
    print(f"{'kind':18s} right wrong missed  precision (95%)        recall (95%)           F1")
    kinds = sorted({*right, *wrong, *missed} - set(_APART))
    rows = [(kind, right[kind], wrong[kind], missed[kind]) for kind in kinds]
    rows.append(("all", *(sum(row[part] for row in rows) for part in (1, 2, 3))))
    rows += [(kind, right[kind], wrong[kind], missed[kind]) for kind in _APART if right[kind]]
    for kind, hit, extra, lost in rows:
        f1 = 2 * hit / max(1, 2 * hit + extra + lost)
        precision, recall = shown(hit, hit + extra), shown(hit, hit + lost)
        print(f"{kind:18s} {hit:5d} {extra:5d} {lost:6d}  {precision}  {recall}  {f1:.3f}")


def compared(ad: Ad) -> tuple[set[Truth], set[Truth], set[Truth]]:
    """Identifiers rightly found, wrongly found and missed."""
    truths = set(ad.truths)
    for truth in ad.truths:
        domain = domain_of(truth.value) if truth.kind == "url" else None
        if domain:
            truths.add(Truth("domain", domain))
    found = found_in(ad)
    hits = {truth for truth in truths if any(_agree(truth, one) for one in found)}
    extra = {one for one in found if not any(_agree(truth, one) for truth in truths)}
    return hits, extra, truths - hits


def found_in(ad: Ad) -> set[Truth]:
    """What the program finds in an ad, one for each app named."""
    params = TextsParams()
    regions = (ad.country,) if ad.country else tuple(params.default_regions.split())
    found = set()
    for (kind, value), apps in read_text(ad.text, regions, params.phone_checks).listed().items():
        kind = "handle" if kind == "likely_handle" else kind
        found.update(Truth(kind, value, app) for app in apps.split() or [""])
    return found


def _agree(truth: Truth, found: Truth) -> bool:
    same = (truth.kind, truth.value) == (found.kind, found.value)
    return same and (not truth.app or truth.app == found.app)


def shown(part: int, whole: int) -> str:
    """A share with Wilson's interval."""
    if not whole:
        return f"{'-':21s}"
    share = part / whole
    middle = (share + Z * Z / (2 * whole)) / (1 + Z * Z / whole)
    half = Z / (1 + Z * Z / whole) * (share * (1 - share) / whole + Z * Z / (4 * whole**2)) ** 0.5
    return f"{share:.3f} ({max(0.0, middle - half):.3f}–{min(1.0, middle + half):.3f})"


def ads_per_second(joined: int) -> tuple[float, float]:
    """Ads a second of processor time through the whole search, and their mean length.

    `joined`: how many rule-made ads make one, cut at 500 characters.
    """
    texts = [ad.text for ad in rule_made(6_000, seed=1)]
    ads = [" ".join(texts[n : n + joined])[:500] for n in range(0, len(texts), joined)]
    params = TextsParams()
    regions = tuple(params.default_regions.split())
    read_text(ads[0], regions, params.phone_checks)
    valid_number.cache_clear()  # no number has been seen before
    start = time.process_time()
    for text in ads:
        read_text(text, regions, params.phone_checks).listed()
    return len(ads) / (time.process_time() - start), sum(map(len, ads)) / len(ads)


if __name__ == "__main__":
    main()
