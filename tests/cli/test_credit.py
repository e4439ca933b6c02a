"""Credit and refunds from files to the tables that `inktrace show` prints."""

from __future__ import annotations

import json

from .running import inktrace

WORLD = ("authors=12", "ads=120", "transactions=1500", "days=2", "price_rules=True",
         "prepaid_share=0.3")  # fmt: skip


def test_credit_is_looked_for_from_a_rule_file(tmp_path):
    case, world = tmp_path / "case", tmp_path / "world"
    settings = [word for text in WORLD for word in ("--set", text)]
    inktrace("world", "make", "--out", world, "--seed", 5, *settings)
    inktrace("init", case)
    for source, name in (("ads", "ads.csv"), ("chain", "chain.jsonl.zst"), ("tags", "tags.yaml"),
                         ("first-seen", "first_seen.csv"), ("prices", "prices.csv"),
                         ("price-rules", "price_rules.toml")):  # fmt: skip
        inktrace("add", source, world / name, "-w", case)
    settings = ("--set", "payments.decoy_rounds=5")
    done = json.loads(inktrace("run", "credit", *settings, "--json", "-w", case))
    credit = next(stage for stage in done if stage["stage"] == "credit")
    assert credit["ran"]
    assert set(credit["rows"]) == {"credit_purchases", "refunds"}
    assert credit["notes"]["packs_sold"] >= 2
    assert credit["notes"]["ads_that_credit_may_have_paid"] > 0
    for what in ("credit-purchases", "refunds"):
        rows = json.loads(inktrace("show", what, "-w", case, "--json"))
        assert isinstance(rows, list)
        assert inktrace("show", what, "-w", case).strip().startswith(what)
