"""A small lead with known secrets planted wherever a package could repeat them."""

from __future__ import annotations

import copy

from tests.casefile.conftest import MINUTE, START, _tables

PHONE = "+639171234567"
EMAIL = "bookings@mail.example"
HANDLE = "rosas_for_you99"
URL = "https://rooms.example/booking77"
PHOTO = "39c0a5c73317bcddd614b77f88670340028d523927003d8238949030af6ae9a0"
PATH = "/home/reviewer.seven/mylene_case/seized.csv"
TXID = "d1ce" * 16
ADDRESS = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
AMOUNT = 43_217
TEXT = (
    "Hello zebrafish, ask for Jessa, seventeen years old, and for Mylene 19 yo! "
    f"Call 0917 123 4567 or {EMAIL}, {URL}, telegram @{HANDLE}"
)
# What the stage of texts could miss: a name in small letters and a bare age.
MASKED = (
    "Hello zebrafish, ask for ⟦name⟧, seventeen years old. jessa and MYLENE share a room; "
    "Jessa is 1️⃣7️⃣ and Mylene is 19 yo. {contacts}"
)
LEFT_IN = f"call 0917 123 4567 or {EMAIL}, {URL}, telegram @{HANDLE}"


def planted_tables():
    tables = copy.deepcopy(_tables())
    ads = {"=ad1": "ad-778899", "ad2": "ad-778900", "ad3": "ad-778901"}
    for rows in tables.values():
        for row in rows:
            for name in ("ad_id", "ad_id_a", "ad_id_b"):
                if name in row:
                    row[name] = ads[row[name]]
    for number, row in enumerate(tables["ads"]):
        row |= {"text": TEXT, "site": "secretboard.example", "city": "Dumaguete",
                "category": "rooms of Mylene",
                "region": "Visayas Province", "lat": 9.3071, "lon": 123.3054,
                "posted_us": START + (number * 600 + 7) * MINUTE}  # fmt: skip
    for row in tables["texts"]:
        contacts = LEFT_IN if row["ad_id"] == "ad-778900" else ""
        row |= {"masked_text": MASKED.format(contacts=contacts), "text_group_id": "T-cc86283a36"}
    for row in tables["authors"]:
        row["author_id"] = "A-cc86283a36"
    for name in ("attributions", "attribution_links"):
        for row in tables[name]:
            row["author_id"] = "A-cc86283a36"
    tables["leads"][0] |= {
        "author_ids": "A-cc86283a36",
        "reasons": f"The ads name 2 people. | Jessa can be had at {PHONE} or {EMAIL}.",
    }
    tables["lead_indicators"][0]["reason"] = f"One phone number, {PHONE}, stands in 2 ads."
    tables["identifiers"] = [
        {"ad_id": "ad-778899", "kind": kind, "value": value, "found_in": "text"}
        for kind, value in (("phone", PHONE), ("email", EMAIL), ("handle", HANDLE), ("url", URL))
    ]
    words = {
        "people_advertised": ("jessa", "mylene"),
        "ages_stated": ("17", "19"),
        "under_age_stated": ("ask for jessa, seventeen years old",),
        "phones_used": (PHONE,),
        "photos_shown": (PHOTO,),
        "places_named": ("Dumaguete",),
        "one_name_in_two_places": ("dumaguete → bacolod → dumaguete in 2.9 h",),
        "third_person_wording": ("she is new, walrus",),
        "sites_used": ("secretboard.example",),
    }
    tables["lead_evidence"] = [
        {"lead_id": "L-1", "indicator": name, "ad_id": "ad-778899", "words": one}
        for name, some in words.items()
        for one in some
    ]
    tables["transactions"][1]["txid"] = bytes.fromhex(TXID)
    tables["scripts"][0]["address"] = ADDRESS
    tables["outputs"][1]["value_sat"] = AMOUNT
    for row in tables["payment_candidates"]:
        row["value_sat"] = AMOUNT
    tables["first_seen"][1] |= {"txid": bytes.fromhex(TXID), "observer": "node-in-manila"}
    tables["tags"] = [
        {
            "address": ADDRESS,
            "label": "gifts of a neighbour",
            "tagpack": "pack",
            "file_id": 3,
            "row": 1,
        }
    ]
    tables["payment_laws"].append(
        {"site": "*", "name": "tills", "json": '{"tills": [{"share": 0.5, "wallet_id": 28373}]}'}
    )
    tables["source_files"][0]["path"] = PATH
    return tables
