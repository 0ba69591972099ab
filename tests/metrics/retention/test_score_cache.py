from pathlib import Path

from tierscope.metrics.retention.score_cache import ScoreCache
from tierscope.metrics.retention.scores import RetentionScore
from tierscope.metrics.retention.vector_cache import VectorCache

UNIT, TEXT = "Zanzibar exports rose 20.6%.", "Exports of Zanzibar rose 20.5%. Nobody resigned."
SCORE = RetentionScore(
    0.25, "distorted", "Exports of Zanzibar rose 20.5%.", ("number changed: 20.6% -> 20.5%",), "calibrated", "2", "ab"
)


def _cache(path: Path, scorer: str = "calibrated/2") -> ScoreCache:
    return ScoreCache(scorer, VectorCache(path))


def test_score_comes_back_whole_from_another_cache_on_the_file(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    _cache(path).save({(UNIT, TEXT): SCORE})
    assert _cache(path).load([(UNIT, TEXT), (TEXT, UNIT)]) == {(UNIT, TEXT): SCORE}


def test_score_of_another_scorer_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    _cache(path).save({(UNIT, TEXT): SCORE})
    assert _cache(path, "calibrated/3").load([(UNIT, TEXT)]) == {}


def test_file_shows_no_word_of_the_texts(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    _cache(path).save({(UNIT, TEXT): SCORE})
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not [word for word in (b"Zanzibar", b"20.5%", b"distorted", b"calibrated") if word in content]


def test_pair_that_could_not_be_judged_is_judged_again(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    failed = RetentionScore(None, None, None, ("the model did not answer",), "llm", "1", None)
    _cache(path).save({(UNIT, TEXT): failed})
    assert _cache(path).load([(UNIT, TEXT)]) == {}
