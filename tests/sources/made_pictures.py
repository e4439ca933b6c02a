"""Pictures that show nothing, for tests: ellipses of one colour each, and a formula's pattern."""

from __future__ import annotations

from typing import Any

import numpy as np


def pattern(rows: int, columns: int) -> Any:
    """RGB by a formula alone, so that its hash can be written down."""
    y, x, c = np.mgrid[0:rows, 0:columns, 0:3]
    return ((x * x * 3 + y * y * 7 + x * y * (c + 1)) // (rows + columns) % 256).astype(np.uint8)


def picture(seed: int, rows: int = 240, columns: int = 320) -> Any:
    """Ellipses and a little noise, RGB."""
    generator = np.random.default_rng(seed)
    pixels = np.zeros((rows, columns, 3))
    y, x = np.mgrid[0:rows, 0:columns]
    for _ in range(25):
        place = (x - generator.uniform(0, columns)) / generator.uniform(10, columns / 4)
        height = (y - generator.uniform(0, rows)) / generator.uniform(10, rows / 3)
        inside = place**2 + height**2 < 1
        pixels[inside] = 0.3 * pixels[inside] + 0.7 * generator.uniform(0, 255, 3)
    noise = generator.normal(0, 6, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)
