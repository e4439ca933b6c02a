"""Small cases for the identities stage, as rows."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from inktrace.engine import Engine
from inktrace.identities import STAGE
from inktrace.params import IdentitiesParams
from inktrace.progress import silent

HOUR = 3_600_000_000
BYSTANDERS = 60


class Case:
    """Ads with their authors, built up call by call. Bystanders make values rare."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {
            name: []
            for name in (
                "ads", "texts", "identifiers", "authors", "author_pairs", "judgements",
                "attributions", "attribution_links", "image_hashes", "shared_images",
            )
        }  # fmt: skip
        for number in range(BYSTANDERS):
            self.ads(f"by{number:02d}", 2, phone=f"+63{number:04d}", city=f"city {number % 7}")

    def ads(
        self,
        author: str,
        count: int = 4,
        *,
        tag: str = "",
        phone: str | None = None,
        handle: str | None = None,
        image: str | None = None,
        city: str | None = None,
        text: str | None = None,
    ) -> list[str]:
        """Add ads of one author; `tag` tells one batch from another. Returns their ids."""
        names = [f"{author}{tag}-{number:03d}" for number in range(count)]
        for number, ad in enumerate(names):
            self.tables["ads"].append(
                {"ad_id": ad, "site": "board.example", "posted_us": (number + 1) * 30 * HOUR,
                 "text": ad, "city": city, "image_hashes": image}
            )  # fmt: skip
            self.tables["texts"].append(
                {"ad_id": ad, "text_group_id": text or f"T{author}{tag}", "characters": 200,
                 "masked_text": ad, "language": "en"}
            )  # fmt: skip
            self.tables["authors"].append(
                {"ad_id": ad, "author_id": f"A-{author}", "log10_lr": 3.0, "reason": "style"}
            )
            for kind, value in (("phone", phone), ("handle", handle)):
                if value is not None:
                    self.tables["identifiers"].append(
                        {"ad_id": ad, "kind": kind, "value": value, "found_in": "text"}
                    )
        return names

    def alike(self, first: list[str], second: list[str], lr: float, template: bool = False) -> None:
        """Compared texts of two batches."""
        for a, b in zip(first, second, strict=False):
            self.tables["author_pairs"].append(
                {"ad_id_a": min(a, b), "ad_id_b": max(a, b), "same_template": template,
                 "shared_identifiers": 0, "log10_lr": lr, "same_author_probability": 0.5}
            )  # fmt: skip

    def near(self, first: str, second: str) -> None:
        """Two pictures of different authors that are nearly equal."""
        self.tables["shared_images"].append(
            {"author_id_a": "A", "author_id_b": "B", "hash_a": first, "hash_b": second,
             "distance": 9, "mirrored": False, "ads_a": 1, "ads_b": 1}
        )  # fmt: skip

    def quarantine(self, hash: str) -> None:
        """A picture that counts for nothing."""
        self.tables["image_hashes"].append(
            {"hash": hash, "bits_set": 128, "ads": 1, "near_hashes": 0, "near_ads": 1,
             "near_authors": 1, "near_sites": 1, "quarantine": "flooding"}
        )  # fmt: skip

    def judge(self, first: str, second: str, verdict: str, when: int = 1) -> None:
        """What a person said of two ads."""
        self.tables["judgements"].append(
            {"ad_id_a": min(first, second), "ad_id_b": max(first, second), "verdict": verdict,
             "reviewer": "R", "reason": "looked", "judged_us": when, "file_id": 1, "row": when}
        )  # fmt: skip

    def paid(self, ads: list[str], wallet: int) -> None:
        """A private wallet named for the ads' author, with a likely payment for each ad."""
        author = "A-" + ads[0].split("-")[0]
        self.tables["attributions"].append(
            {"method": "inktrace", "author_id": author, "wallet_id": wallet, "q_value": 0.01,
             "is_service": False}
        )  # fmt: skip
        for number, ad in enumerate(ads):
            self.tables["attribution_links"].append(
                {"method": "inktrace", "author_id": author, "wallet_id": wallet, "ad_id": ad,
                 "tx_id": number, "vout": 0, "log10_lr": 2.0, "posterior_probability": 0.9}
            )  # fmt: skip

    def arrow(self, order: int = 1) -> dict[str, pa.Table]:
        """The tables that have rows; `order` −1 turns them round."""
        return {
            name: pa.Table.from_pylist(rows[::order]) for name, rows in self.tables.items() if rows
        }

    def run(self, params: IdentitiesParams | None = None, order: int = 1) -> Result:
        """Run the stage."""
        with Engine.in_memory(self.arrow(order)) as engine:
            made = STAGE.function(
                engine.relations(STAGE.reads), params or IdentitiesParams(), silent
            )
            tables = {name: table.to_pylist() for name, table in made.tables.items()}
        return Result(tables)


class Result:
    """What the stage made, with ways to ask."""

    def __init__(self, tables: dict[str, list[dict[str, Any]]]):
        self.tables = tables
        self._of = {row["ad_id"]: row for row in tables["identities"]}

    def identity(self, ad: str) -> str:
        return str(self._of[ad]["identity_id"])

    def together(self, *batches: list[str]) -> bool:
        return len({self.identity(ad) for batch in batches for ad in batch}) == 1

    def link(self, first: list[str], second: list[str]) -> dict[str, Any]:
        """The one link between the parts of two batches."""
        wanted = {self._of[first[0]]["part_id"], self._of[second[0]]["part_id"]}
        found = [
            row for row in self.tables["identity_links"]
            if {row["part_id_a"], row["part_id_b"]} == wanted
        ]  # fmt: skip
        assert len(found) == 1, found
        return found[0]

    def hubs(self) -> set[tuple[str, str]]:
        return {(row["kind"], row["value"]) for row in self.tables["identity_hubs"]}
