"""Train the same-author model that ships with Inktrace.

Run: .venv/bin/python evaluation/authors/train_default.py WORLD_FOLDER…
where each WORLD_FOLDER was made by `inktrace world make --out WORLD_FOLDER --seed N` (the shipped
model: seeds 101 and 102).
Writes src/inktrace/authors/default_model.json from the training half of the shared listings (known
hosts) and the worlds (planted authors). The test half of the listings is never read.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from listing_data import listings

from inktrace.authors.candidates import near_pairs
from inktrace.authors.corpus import corpus_style, read_corpus
from inktrace.authors.pair_model import DEFAULT_NAME, blank_model
from inktrace.authors.style import style_space
from inktrace.authors.text_stage import read_ads
from inktrace.authors.training import Fit, TrainingPairs, fitted_model, training_pairs
from inktrace.engine import Engine
from inktrace.params import Params
from inktrace.progress import silent

TARGET = Path(__file__).parents[2] / "src" / "inktrace" / "authors" / DEFAULT_NAME
NEGATIVES = 400_000


def listing_pairs(half: str, cut: bool) -> tuple[np.ndarray, TrainingPairs]:
    """Features and truth of pairs of listings of one half of the hosts, negatives of one city.

    `cut`: each text is cut to a random length of 30 to 500 characters, so that the model knows
    how little a short text says.
    """
    data, params = listings(half), Params().authors
    random = np.random.default_rng(1)
    lengths = np.exp(random.uniform(np.log(30), np.log(500), len(data.texts))).astype(int)
    texts = [
        text[:length] if cut else text for text, length in zip(data.texts, lengths, strict=True)
    ]
    cohort = np.sort(random.permutation(len(texts))[: params.cohort_texts])
    space = style_space(texts, cohort, params.cohort_top)
    near = near_pairs(space, params.neighbours)
    same_city = data.city[near[0]] == data.city[near[1]]
    near = (near[0][same_city], near[1][same_city])
    pairs = training_pairs(data.host, *near, NEGATIVES, data.city)
    return space.features(pairs.first, pairs.second), pairs


def world_pairs(folder: Path) -> tuple[np.ndarray, TrainingPairs]:
    """Features and truth of pairs of one planted world's ads."""
    params = Params()
    ads = world_ads(folder)
    engine = Engine.in_memory({"ads": ads})
    made = read_ads(engine.relations(), params.texts, silent)
    for name, table in made.tables.items():
        engine.append(name, table)
    corpus = read_corpus(engine.relations(), params.authors)
    space = corpus_style(corpus, params.authors)
    truth = world_truth(folder)
    numbers = {name: place for place, name in enumerate(sorted(set(truth.values())))}
    author = np.array([numbers[truth[ad]] for ad in corpus.ad_ids[corpus.first_ad]])
    pairs = training_pairs(author, *near_pairs(space, params.authors.neighbours), NEGATIVES // 4)
    return space.features(pairs.first, pairs.second), pairs


def world_ads(folder: Path) -> pa.Table:
    """A world's ads, with the columns that texts are read from."""
    with (folder / "ads.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = ("ad_id", "text", "city", "region", "country", "phone", "email")
    return pa.table(
        {name: pa.array([row.get(name) or None for row in rows], pa.string()) for name in names}
    )


def world_truth(folder: Path) -> dict[str, str]:
    """The planted author of each ad."""
    with (folder / "truth" / "ads.csv").open(encoding="utf-8", newline="") as lines:
        return {row["ad_id"]: row["author"] for row in csv.DictReader(lines)}


def stacked(sets: list[tuple[np.ndarray, TrainingPairs]], shares: list[float]) -> TrainingPairs:
    """All sets as one, authors kept apart, each set with its share of the weight."""
    columns: dict[str, list[np.ndarray]] = {name: [] for name in TrainingPairs.__annotations__}
    for number, ((_, pairs), share) in enumerate(zip(sets, shares, strict=True)):
        same, weight = pairs.same, pairs.weight.astype(float).copy()
        weight[same] *= share / weight[same].sum()
        weight[~same] *= share / weight[~same].sum()
        parts = {"first": pairs.first, "second": pairs.second, "same": same, "weight": weight}
        parts |= {"random": pairs.random, "corpus": np.full(len(same), number)}
        # The cut listings are by the hosts of the whole ones, so they share their folds.
        shift = 1_000_000 * max(number - 1, 0)
        parts["first_author"] = pairs.first_author + shift
        parts["second_author"] = pairs.second_author + shift
        for name, values in parts.items():
            columns[name].append(values)
    return TrainingPairs(**{name: np.concatenate(parts) for name, parts in columns.items()})


def fitted(half: str, folders: list[str]) -> Fit:
    """A model from one half of the hosts, and from worlds, with its cross-validated figures."""
    sets = [
        listing_pairs(half, cut=False),
        listing_pairs(half, cut=True),
        *(world_pairs(Path(folder)) for folder in folders),
    ]
    # Real texts decide; the worlds only keep the model from taking real estate for all of language.
    shares = [1.0, 0.3, *(0.04 / len(folders) for _ in folders)]
    pairs = stacked(sets, shares)
    features = np.concatenate([found for found, _ in sets])
    return fitted_model(features, pairs, blank_model(features), 0.0, Params().authors.most_log10_lr)


def main(folders: list[str]) -> None:
    """Fit, write the model, and print what cross-validation says of it."""
    fit = fitted("train", folders)
    trained_on = f"shared listings (training hosts) and {len(folders)} planted worlds"
    model = dataclasses.replace(fit.model, trained_on=trained_on)
    TARGET.write_text(json.dumps(model.to_json(), indent=1, sort_keys=True) + "\n", "utf-8")
    print(json.dumps(fit.metrics, indent=1, sort_keys=True))


if __name__ == "__main__":
    main(sys.argv[1:])
