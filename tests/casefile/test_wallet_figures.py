"""Pictures of a wallets evaluation: whole SVG, told in words too, with nothing let through."""

from __future__ import annotations

from xml.etree import ElementTree

from inktrace.casefile.wallet_figures import interval_plot

SHARE = {"value": 0.9, "low": 0.8, "high": 0.95, "count": 90, "out_of": 100}
SVG = "{http://www.w3.org/2000/svg}"


def test_a_row_shows_its_share_interval_and_counts() -> None:
    drawn = interval_plot("x", "Title", [("own_script", SHARE, 0.97), ("other", None, None)])
    root = ElementTree.fromstring(str(drawn))  # noqa: S314 - drawn here
    told = root.find(f"{SVG}desc").text
    assert "own_script: 90.0% of 100 (80.0% to 95.0%), stated 97.0%" in told
    assert "other: nothing to measure" in told
    assert len(root.findall(f"{SVG}circle")) == 1
    assert len(root.findall(f"{SVG}polygon")) == 1


def test_names_are_escaped() -> None:
    drawn = str(interval_plot("x", "<script>", [("<b>", SHARE, None)]))
    assert "<script>" not in drawn
    assert "<b>" not in drawn
