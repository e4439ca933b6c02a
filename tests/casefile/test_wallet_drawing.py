"""The picture of a wallet is sound SVG, whatever a tag is called, and draws what it says."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from inktrace.casefile.wallet_drawing import wallet_picture

HOUR = 3_600_000_000
HOSTILE = "<script>alert(1)</script>‮&\"'"


def story(flows=(), joined=(), **other):
    names = ("in_sat", "out_sat", "mixed_in_sat", "mixed_out_sat")
    rows = [
        {"from_us": time, **dict.fromkeys(names, 0), **sums, "transactions": 1}
        for time, sums in flows
    ]
    return {"wallet_id": 7, "scripts": 5, "service": None, "period": "hour", "joins_total": 4,
            "flows": rows, "joined": list(joined), **other}  # fmt: skip


def bars(svg, fill):
    root = ET.fromstring(svg)  # noqa: S314 - our own
    found = [one.attrib for one in root.iter("{http://www.w3.org/2000/svg}rect")]
    # The first of each fill is that of the legend.
    return [one for one in found if one.get("fill") == fill and "stroke-width" in one]


def test_money_in_stands_up_and_money_out_hangs_down():
    svg = wallet_picture(
        story([(HOUR, {"in_sat": 300, "mixed_in_sat": 100}), (2 * HOUR, {"out_sat": 150})])
    )
    (into,), (out,) = bars(svg, "#0072B2"), bars(svg, "url(#wallet-hatch)")
    (mixed,) = bars(svg, "#999999")
    assert float(into["y"]) + float(into["height"]) == pytest.approx(float(out["y"]))
    assert float(into["height"]) == pytest.approx(2 * float(out["height"]), rel=0.01)
    assert float(mixed["y"]) < float(into["y"])
    assert float(into["x"]) < float(out["x"])


def test_the_line_of_addresses_rises_to_all_of_them():
    joined = [{"from_us": HOUR, "addresses": 1}, {"from_us": 3 * HOUR, "addresses": 3}]
    svg = wallet_picture(story([(HOUR, {"in_sat": 1})], joined))
    (path,) = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}polyline")  # noqa: S314 - our own
    heights = [float(point.split(",")[1]) for point in path.attrib["points"].split()]
    assert heights == sorted(heights, reverse=True)
    assert heights[-1] == 322


@pytest.mark.parametrize("flows", [[], [(None, {"in_sat": 5})], [(HOUR, {"in_sat": 1})]])
def test_any_name_and_any_times_give_sound_svg(flows):
    svg = wallet_picture(story(flows, service=HOSTILE))
    ET.fromstring(svg)  # noqa: S314 - our own
    assert "<script" not in svg
    assert "‮" not in svg


def test_the_same_story_gives_the_same_bytes():
    told = story([(HOUR, {"in_sat": 5})])
    assert wallet_picture(told) == wallet_picture(told)
