"""Many texts through many detectors at once."""

from collections.abc import Iterable, Sequence

import pyarrow as pa

from tierscope.instrumentation.redaction.detectors import Detector

__all__ = ["clean_texts"]


def clean_texts(texts: Iterable[str], detectors: Sequence[Detector]) -> dict[str, str]:
    """Run detectors over texts, one after another.

    Args:
        texts: any number; each is looked at once however often it occurs.
        detectors: in the order in which they replace.

    Returns:
        Text -> what becomes of it, for those that change.
    """
    originals = list(dict.fromkeys(texts))
    if not originals or not detectors:
        return {}
    # Lone surrogates, which Arrow cannot hold, are replaced when spans are written too.
    current = [text if text.isascii() else text.encode("utf-8", "replace").decode() for text in originals]
    column = pa.array(current, pa.large_string())
    for detector in detectors:
        positions = detector.find(column)
        if not positions:
            continue
        for position, text in zip(positions, detector.clean([current[at] for at in positions]), strict=True):
            current[position] = text
        column = pa.array(current, pa.large_string())
    return {old: new for old, new in zip(originals, current, strict=True) if new != old}
