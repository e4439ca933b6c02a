"""PDQ agrees with the published code, and survives what happens to pictures on the web."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from inktrace.images.bits import distances, from_hex, mirrored
from inktrace.sources.pdq import VARIANTS, pdq, pdq_variants

from .made_pictures import pattern, picture

# By the library pdqhash 0.2.8, which wraps the published C++ code.
PUBLISHED = {
    (97, 131): "910f6ef85583da3eb4c1a99e6a6052df54b05567ab58aad3aaa4aaab555a5550",
    (480, 640): "b381663fccf0d980930fa67f2cf869e049835b8f531f533c53385370d670d670",
    (64, 64): "1566ead91526d559aab655492a96aaad5552aaad1d5a5554aaab555698b9aaaa",
    (7, 300): "696b54cc5332ab33c6d44d6ac6d4696b5132d4dcaecdb694192b9695296b54cc",
    (700, 513): "b28f979eb5b8b530b560a763ab472a4faa4f2acc2adc2adc2ad86a986e982a98",
}
TURNED_97_131 = """
910f6ef85583da3e 9c3c8c3c443c663c c45ac45a1cd670d4 c96f76971b6fec97
c45a3bad10d48f6b 9c3c73c34e3cb9c3 970fd18f5d8765c3 c969db691b693369
""".split()


def apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


@pytest.mark.parametrize("shape", PUBLISHED)
def test_the_hash_is_that_of_the_published_code(shape):
    assert pdq(pattern(*shape)) == (PUBLISHED[shape], 100)


def test_turned_and_mirrored_hashes_are_those_of_the_published_code():
    found = pdq_variants(pattern(97, 131))
    assert tuple(found) == VARIANTS
    assert [one[:16] for one in found.values()] == TURNED_97_131


def test_a_variant_is_the_hash_of_the_picture_so_turned():
    pixels = picture(3, 256, 256)
    found = pdq_variants(pixels)
    assert apart(found["mirrored"], pdq(np.ascontiguousarray(pixels[:, ::-1])).hex) <= 31
    assert apart(found["turned_90"], pdq(np.ascontiguousarray(np.rot90(pixels))).hex) <= 31


@pytest.mark.parametrize("seed", range(5))
def test_a_smaller_recompressed_picture_is_near_and_another_is_not(seed):
    pixels = picture(seed)
    kept = io.BytesIO()
    Image.fromarray(pixels).resize((200, 150)).save(kept, "JPEG", quality=40)
    again = np.asarray(Image.open(kept).convert("RGB"))
    assert apart(pdq(pixels).hex, pdq(again).hex) <= 31
    assert apart(pdq(pixels).hex, pdq(picture(seed + 100)).hex) > 80


@pytest.mark.parametrize("seed", range(10))
def test_the_mirrored_picture_is_near_by_its_hash_alone(seed):
    pixels = picture(seed)
    straight = from_hex(_column(pdq(pixels).hex))
    turned = from_hex(_column(pdq(np.ascontiguousarray(pixels[:, ::-1])).hex))
    assert distances(straight, turned)[0] > 80
    assert distances(mirrored(straight), turned)[0] <= 31


def test_a_blank_picture_has_no_quality():
    assert pdq(np.full((100, 90, 3), 128, np.uint8)).quality == 0


def test_a_grey_picture_may_come_without_colours():
    grey = picture(1)[:, :, 0]
    assert apart(pdq(grey).hex, pdq(np.stack([grey] * 3, axis=-1)).hex) <= 2


def _column(value):
    return pa.array([value])
