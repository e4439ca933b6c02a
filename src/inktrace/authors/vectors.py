"""Texts as weighted n-gram vectors, in several views, and as dense vectors of their themes."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse

from inktrace.authors.kernels import csr_of
from inktrace.authors.themes import themes

MASK: Final = re.compile(r"[ \t]*⟦[a-z]+⟧")
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_ALPHANUMERIC: Final = re.compile(r"[^\W_]+")
_DIGIT: Final = re.compile(r"\d")
_SENTENCE_GAP: Final = re.compile(r"(?<=[.!?…])\s+|\n+")
_ODD: Final = re.compile(r"[\d&/+*%€£$@#|~•–—-]")
_BUCKET_BITS: Final = 22
_CHUNK: Final = 1000  # texts whose n-grams are held in memory at once
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_OPENING: Final = 80
_OPENING_SHAPE: Final = 120
_FIRST_LINE: Final = 100
_SKIPS: Final = 4  # a word is paired with each of the next four
_THEMES: Final = 300
_BROAD_THEMES: Final = 100
_THEME_TEXTS: Final = 6000
THREADS: Final = 2

# View → (sizes of n-grams, largest share of texts an n-gram may be in).
_SPARSE: Final[dict[str, tuple[tuple[int, ...], float]]] = {
    "letters": ((3, 4, 5), 0.2),
    "word_pairs": ((1,), 0.3),
    "marks": ((3, 4, 5, 6, 7), 0.7),
    "opening": ((2, 3, 4), 0.5),
    "first_line": ((2, 3, 4), 0.5),
    "first_line_shape": ((1, 2, 3, 4), 0.9),
    "opening_shape": ((2, 3, 4, 5), 0.9),
    "sentence_starts": ((1,), 0.5),
    "numbers": ((1,), 0.5),
}
VIEWS: Final = tuple(_SPARSE)
DENSE_VIEWS: Final = ("broad_themes", "fine_themes")


@dataclass(frozen=True)
class TextViews:
    """Every text in every view, rows of unit length (or of zeros, where a view sees nothing).

    `ngrams`: one csr_matrix (texts × n-grams, float32) per view of VIEWS; `words`: one and two
    words or marks, for finding neighbours; `dense`: float32 (texts × dimensions) per view of
    DENSE_VIEWS.
    """

    ngrams: dict[str, sparse.csr_matrix]
    words: sparse.csr_matrix
    dense: dict[str, np.ndarray]


def bare_text(masked_text: str) -> str:
    """A text as style features see it: marks of contact data gone, every digit a 0."""
    return _DIGIT.sub("0", MASK.sub("", masked_text)).strip()


def text_views(texts: Sequence[str]) -> TextViews:
    """TF-IDF vectors of bare texts, one matrix per view.

    letters: 3 to 5 characters as typed. word_pairs: each word with each of the next four.
    marks: 3 to 7 characters after every word became w: punctuation and layout. opening,
    first_line: 2 to 4 characters of the beginning; the shapes of both: after words became w, C or
    W. sentence_starts: the first one, two and three words of each sentence or line. numbers: words
    with digits or signs. themes: a singular value decomposition of one and two words, its first
    100 dimensions as they are, and all 300 at equal weight.
    Notes: where texts are many, the decomposition is fitted on 6,000 of them, evenly spaced.
    References: char n-grams after Stamatatos 2013; skip-grams after Guthrie et al. 2006; LSA after
    Deerwester et al. 1990.
    """
    chunks = [texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK)]
    with ThreadPoolExecutor(THREADS) as pool:
        counted = list(pool.map(_chunk_views, chunks))
        names = ("words", *VIEWS)
        stacked = {name: _stacked([piece[name] for piece in counted]) for name in names}
        counted.clear()
        shares = {"words": 1.0} | {name: most for name, (_, most) in _SPARSE.items()}
        weighted = list(pool.map(lambda name: _weighted(stacked.pop(name), shares[name]), names))
    made = dict(zip(names, weighted, strict=True))
    words = made.pop("words")
    return TextViews(made, words, _themes(words))


def _chunk_views(texts: Sequence[str]) -> dict[str, sparse.csr_matrix]:
    """How often each n-gram (hashed to 4 million buckets) occurs in each text, by view."""
    known: dict[str, int] = {}
    tokens = [_token_codes(text, known) for text in texts]
    first_lines = [text.partition("\n")[0][:_FIRST_LINE] for text in texts]
    strings: dict[str, Iterable[str]] = {
        "letters": texts,
        "marks": (_ALPHANUMERIC.sub("w", text) for text in texts),
        "opening": (text[:_OPENING] for text in texts),
        "first_line": first_lines,
        "first_line_shape": (_shape(line) for line in first_lines),
        "opening_shape": (_shape(text[:_OPENING_SHAPE]) for text in texts),
    }
    rows = {name: [_codes(text) for text in strings[name]] for name in strings}
    rows["word_pairs"] = [_skip_pairs(row) for row in tokens]
    rows["sentence_starts"] = [_hashed(_starts(text)) for text in texts]
    rows["numbers"] = [_hashed(_odd_tokens(text)) for text in texts]
    counts = {name: _counts(rows[name], sizes) for name, (sizes, _) in _SPARSE.items()}
    return {"words": _counts(tokens, (1, 2)), **counts}


def _odd_tokens(text: str) -> list[str]:
    """Runs between spaces that hold a digit or a sign. Notes: linear, whatever the text."""
    return [run for run in text.split() if _ODD.search(run)]


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _token_codes(text: str, known: dict[str, int]) -> np.ndarray:
    """CRC-32 of each word or mark in lower case; `known` spares hashing a word twice."""
    tokens = _TOKEN.findall(text.lower())
    for token in tokens:
        if token not in known:
            known[token] = zlib.crc32(token.encode("utf-8", "surrogatepass"))
    return np.fromiter((known[token] for token in tokens), np.uint32, len(tokens))


def _hashed(strings: Sequence[str]) -> np.ndarray:
    codes = (zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in strings)
    return np.fromiter(codes, np.uint32, len(strings))


def _skip_pairs(row: np.ndarray) -> np.ndarray:
    spread = row * np.uint32(2_654_435_761)
    pairs = [spread[:-gap] ^ row[gap:] for gap in range(1, _SKIPS + 1) if len(row) > gap]
    return np.concatenate([np.zeros(0, np.uint32), *pairs])


def _starts(text: str) -> list[str]:
    found: list[str] = []
    for sentence in _SENTENCE_GAP.split(text.lower()):
        words = _TOKEN.findall(sentence[:60])
        found.extend(f"{size} {' '.join(words[:size])}" for size in (1, 2, 3) if len(words) >= size)
    return found


def _shape(text: str) -> str:
    return _LETTERS.sub(_shape_of, text)


def _shape_of(match: re.Match[str]) -> str:
    word = match.group()
    if not word[0].isupper():
        return "w"
    return "W" if len(word) > 1 and word.isupper() else "C"


def _counts(rows: Sequence[np.ndarray], sizes: Sequence[int]) -> sparse.csr_matrix:
    lengths = np.fromiter((len(row) for row in rows), np.int64, len(rows))
    codes = np.concatenate([np.zeros(0, np.uint32), *rows]).astype(np.uint64)
    owner = np.repeat(np.arange(len(rows)), lengths)
    keys = [np.zeros(0, np.int64)]
    for size in sizes:
        if len(codes) < size:
            continue
        windows = len(codes) - size + 1
        hashed = np.full(windows, np.uint64(size))
        for offset in range(size):
            hashed = (hashed ^ codes[offset : offset + windows]) * _MULTIPLIER
            hashed ^= hashed >> np.uint64(29)
        bucket = (hashed >> np.uint64(64 - _BUCKET_BITS)).astype(np.int64)
        whole = owner[:windows] == owner[size - 1 :]
        keys.append((owner[:windows][whole] << _BUCKET_BITS) | bucket[whole])
    found, counts = np.unique(np.concatenate(keys), return_counts=True)
    pointers = np.searchsorted(found >> _BUCKET_BITS, np.arange(len(rows) + 1))
    columns = (found & ((1 << _BUCKET_BITS) - 1)).astype(np.int32)
    return csr_of(pointers, columns, counts.astype(np.float32), 1 << _BUCKET_BITS)


def _stacked(pieces: Sequence[sparse.csr_matrix]) -> sparse.csr_matrix:
    if not pieces:
        return csr_of(
            np.zeros(1), np.zeros(0, np.int32), np.zeros(0, np.float32), 1 << _BUCKET_BITS
        )
    return sparse.vstack(pieces, format="csr")


def _weighted(counts: sparse.csr_matrix, most_texts: float) -> sparse.csr_matrix:
    """Sublinear TF × IDF, rows of unit length; n-grams of one text only, or of most, left out."""
    texts = counts.shape[0]
    spread = np.bincount(counts.indices, minlength=counts.shape[1])
    # In a small corpus a share of the texts is no more than a handful: keep at least 20.
    kept = (spread >= 2) & (spread <= max(most_texts * texts, 20.0))
    place = np.cumsum(kept) - 1
    inside = kept[counts.indices]
    pointers = np.concatenate([[0], np.cumsum(inside)])[counts.indptr]
    columns = place[counts.indices[inside]]
    rarity = np.log((1.0 + texts) / (1.0 + spread[kept])) + 1.0
    # In float64: the logarithm of a float32 is another one on another processor.
    counted = counts.data[inside].astype(np.float64)
    values = ((1.0 + np.log(counted)) * rarity[columns]).astype(np.float32)
    lengths = np.sqrt(np.bincount(_rows(pointers), values.astype(np.float64) ** 2, texts))
    values *= np.repeat(1.0 / np.maximum(lengths, 1e-12), np.diff(pointers)).astype(np.float32)
    return csr_of(pointers, columns.astype(np.int32), values, int(kept.sum()))


def _rows(pointers: np.ndarray) -> np.ndarray:
    return np.repeat(np.arange(len(pointers) - 1), np.diff(pointers))


def _themes(words: sparse.csr_matrix) -> dict[str, np.ndarray]:
    texts, columns = words.shape
    chosen = np.unique(np.linspace(0, max(texts - 1, 0), _THEME_TEXTS).astype(np.int64))
    dimensions = min(_THEMES, texts - 1, len(chosen) - 1, columns - 1)
    if dimensions < 2:
        return {name: np.zeros((texts, 1), np.float32) for name in DENSE_VIEWS}
    places, strength = themes(words, chosen, dimensions)
    level = strength / np.sqrt(len(chosen))
    broad, fine = places[:, :_BROAD_THEMES], places / level.astype(np.float32)
    return dict(zip(DENSE_VIEWS, (_unit(broad), _unit(fine)), strict=True))


def _unit(rows: np.ndarray) -> np.ndarray:
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    scaled = rows / np.maximum(lengths, 1e-6)[:, None].astype(np.float32)
    return np.ascontiguousarray(scaled, np.float32)
