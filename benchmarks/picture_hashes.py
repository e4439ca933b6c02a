"""PDQ hashes of made pictures: time, what edits do to them, and agreement with the published code.

    python benchmarks/picture_hashes.py [--pictures 200]

The pictures are ellipses of random place, size and colour with noise. Agreement is measured where
the library `pdqhash`, which wraps the published C++ code, is installed; nothing else needs it.
"""

from __future__ import annotations

import argparse
import importlib
import io
import itertools
import time

import numpy as np
from PIL import Image, ImageDraw
from tests.sources.made_pictures import picture

from inktrace.sources.pdq import VARIANTS, pdq, pdq_variants

MIRROR = int("5" * 64, 16)  # the bits that mirroring turns


def main() -> None:
    """Print one line per measurement."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--pictures", type=int, default=200)
    given = options.parse_args()
    generator = np.random.default_rng(1)
    sizes = generator.integers(300, 1_400, (given.pictures, 2))
    made = [picture(seed, *size) for seed, size in enumerate(sizes.tolist())]
    started = time.perf_counter()
    hashes = [pdq(one) for one in made]
    print(f"{(time.perf_counter() - started) / given.pictures * 1e3:.1f} ms a picture, decoded")
    print("bits set:", sorted({int(one.hex, 16).bit_count() for one in hashes}))
    for name, edit in EDITS.items():
        found = [
            apart(one.hex, pdq(edit(pixels)).hex) for one, pixels in zip(hashes, made, strict=True)
        ]
        tell(name, found)
    turned = [pdq(np.ascontiguousarray(pixels[:, ::-1])).hex for pixels in made]
    by_bits = [
        (int(one.hex, 16) ^ MIRROR ^ int(other, 16)).bit_count()
        for one, other in zip(hashes, turned, strict=True)
    ]
    tell("mirrored, by the hash alone", by_bits)
    tell("another picture", [apart(a.hex, b.hex) for a, b in itertools.pairwise(hashes)])
    agreement(made)


def as_jpeg(image: Image.Image, quality: int) -> np.ndarray:
    """The picture as it comes back from a JPEG file."""
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=quality)
    return np.asarray(Image.open(kept).convert("RGB"))


def smaller(pixels: np.ndarray) -> np.ndarray:
    """Half the size, as JPEG of quality 40."""
    image = Image.fromarray(pixels)
    return as_jpeg(image.resize((image.width // 2, image.height // 2)), 40)


def marked(pixels: np.ndarray) -> np.ndarray:
    """A line of text over a lower corner, on a bar of 4% of the height."""
    image = Image.fromarray(pixels)
    height = image.height // 25
    place = (image.width // 2, image.height - 2 * height)
    draw = ImageDraw.Draw(image)
    draw.rectangle((*place, image.width - height, image.height - height), fill=(255, 255, 255))
    draw.text(place, "board.example", fill=(0, 0, 0))
    return as_jpeg(image, 80)


def cropped(pixels: np.ndarray) -> np.ndarray:
    """5% less at each side."""
    rows, columns = (side // 20 for side in pixels.shape[:2])
    return np.ascontiguousarray(pixels[rows:-rows, columns:-columns])


EDITS = {
    "JPEG of quality 40": lambda pixels: as_jpeg(Image.fromarray(pixels), 40),
    "half the size, JPEG of quality 40": smaller,
    "text over a corner": marked,
    "cropped by 5% at each side": cropped,
    "mirrored": lambda pixels: np.ascontiguousarray(pixels[:, ::-1]),
}


def apart(one: str, other: str) -> int:
    """The bits in which two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def tell(name: str, found: list[int]) -> None:
    """The distances after one edit, and how many are within 31."""
    within = sum(one <= 31 for one in found) / len(found)
    print(
        f"{name}: mean {np.mean(found):.1f}, {min(found)} to {max(found)}; {within:.1%} within 31"
    )


def agreement(made: list[np.ndarray]) -> None:
    """How many hashes, qualities and variants are those of the published code."""
    try:
        library = importlib.import_module("pdqhash")
    except ImportError:
        print("pdqhash is not installed: agreement was not measured")
        return
    same = variants = 0
    for pixels in made:
        bits, quality = library.compute(pixels)
        same += (np.packbits(bits).tobytes().hex(), quality) == tuple(pdq(pixels))
        theirs = {np.packbits(one).tobytes().hex() for one in library.compute_dihedral(pixels)[0]}
        variants += theirs == set(pdq_variants(pixels).values())
    print(
        f"hash and quality as published: {same} of {len(made)}; "
        f"all {len(VARIANTS)} variants: {variants}"
    )


if __name__ == "__main__":
    main()
