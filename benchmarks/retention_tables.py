"""Build the word tables that the retention and distortion scorers ship, from public sources.

    apt-get download wordnet-base && dpkg -x wordnet-base_*.deb wordnet
    pip download --no-deps symspellpy==6.10.1 && unzip symspellpy-*.whl -d symspell
    python benchmarks/retention_tables.py wordnet/usr/share/wordnet \
        symspell/symspellpy/frequency_dictionary_en_82_765.txt metrics/retention/data

WordNet 3.0 is Copyright 2006 by Princeton University (WordNet license); SymSpell's dictionary is MIT, made of Google
Books Ngram counts (CC BY 3.0) over SCOWL words. Output is the same for the same input, byte for byte.
"""

import argparse
import gzip
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

WORDNET = "WordNet 3.0, Copyright 2006 by Princeton University, WordNet license"
FREQUENCIES = (
    "SymSpell frequency_dictionary_en_82_765 as in symspellpy 6.10.1 (MIT; Google Books Ngram, CC BY 3.0, SCOWL)"
)
PARTS = ("noun", "verb", "adj", "adv")
ENDINGS = {
    "s": ("",),
    "es": ("e", ""),
    "ses": ("s",),
    "xes": ("x",),
    "zes": ("z",),
    "ches": ("ch",),
    "shes": ("sh",),
    "men": ("man",),
    "ies": ("y",),
    "ed": ("e", ""),
    "ing": ("e", ""),
    "er": ("", "e"),
    "est": ("", "e"),
    "ly": ("",),
    "n't": ("",),
    "'s": ("",),
}
"""WordNet's rules of detachment, and adverbs and genitives, which it does not list."""
LEFT_OUT = """
against although amid amidst among amongst an anybody anyone anything because beside can could despite do does during
everybody everyone everything hence herself himself if itself myself nobody nor oneself ourselves shall she should since
somebody someone something than that their themselves these they this those though thus toward towards until unto upon
us versus we what whatever when whenever where whereas whereby wherever whether which whichever while who whoever whom
whose with within without would you your yourself yourselves and but for from into of or the them then there
else etc her hers hey him how it its keyword keywords login me my onto ought our ours per pm prev stats to unless
username via wherein whilst blogging admin multi avg
"""
FUNCTION_WORDS: frozenset[str] = frozenset(LEFT_OUT.split())
"""Words that WordNet leaves out since they mean nothing by themselves."""


@dataclass
class Synset:
    """One meaning: its words, and the meanings opposed or similar to it."""

    words: list[str]
    opposed: list[tuple[int, str, int]] = field(default_factory=list[tuple[int, str, int]])
    """Own word, other synset, its word."""
    similar: list[str] = field(default_factory=list[str])


def read_synsets(folder: Path, part: str, *, lower: bool = True) -> dict[str, Synset]:
    """Read ``data.<part>``: offset to synset, words in lower case unless told otherwise."""
    found: dict[str, Synset] = {}
    for line in (folder / f"data.{part}").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            continue
        fields = line.partition("|")[0].split()
        count = int(fields[3], 16)
        words = [re.sub(r"\(\w+\)", "", fields[4 + 2 * place]) for place in range(count)]
        words = [word.lower() for word in words] if lower else words
        synset = found[fields[0]] = Synset(words)
        pointers = 5 + 2 * count
        for place in range(int(fields[pointers - 1])):
            sign, other, _, ends = fields[pointers + 4 * place : pointers + 4 * place + 4]
            if sign == "!":
                synset.opposed.append((_number(ends[:2]), other, _number(ends[2:])))
            elif sign == "&":
                synset.similar.append(other)
    return found


def _number(word: str) -> int:
    """Place of a word in its synset, which WordNet counts from 01 in hexadecimal."""
    return int(word, 16) - 1


def opposites(synsets: dict[str, Synset]) -> Iterator[tuple[str, str]]:
    """Yield pairs of opposite words: antonyms, and the satellites of an adjective with the head's antonym."""
    for synset in synsets.values():
        for own, other, theirs in synset.opposed:
            opposite = synsets[other].words[theirs]
            yield synset.words[own], opposite
            for satellite in synset.similar:
                yield from ((word, opposite) for word in synsets[satellite].words)


def is_plain(word: str) -> bool:
    """A single word of letters."""
    return word.isascii() and word.isalpha() and len(word) > 1


def build_opposites(folder: Path, common: set[str]) -> dict[str, object]:
    """Pairs of opposite base forms, and irregular forms with their base; common words only."""
    pairs = {
        " ".join(sorted(pair))
        for part in PARTS
        for pair in opposites(read_synsets(folder, part))
        if common.issuperset(pair) and all(map(is_plain, pair)) and pair[0] != pair[1]
    }
    irregular: dict[str, str] = {}
    for part in PARTS:
        for line in (folder / f"{part}.exc").read_text(encoding="utf-8").splitlines():
            form, base, *_ = line.split()
            if {form, base} <= common and is_plain(form) and is_plain(base):
                irregular.setdefault(form, base)
    return {
        "version": 2,
        "source": f"{WORDNET}; single words: antonyms, and adjectives opposed by way of the heads they are similar to",
        "opposites": sorted(pairs),
        "irregular": dict(sorted(irregular.items())),
    }


def read_counts(frequencies: Path) -> dict[str, int]:
    """Read "word count" lines."""
    return {word: int(count) for word, count in map(str.split, frequencies.read_text("utf-8-sig").splitlines())}


def build_surprisal(counts: dict[str, int], wordnet: Path) -> dict[str, object]:
    """Minus the logarithm of each word's share of running text, in tenths of nats, and the words that are names."""
    total = sum(counts.values())
    tenths: dict[int, list[str]] = {}
    for word, count in counts.items():
        tenths.setdefault(round(-10 * math.log(count / total)), []).append(word)
    return {
        "version": 2,
        "source": f"{FREQUENCIES}; names: the words of it that {WORDNET}, does not know in lower case",
        "surprisal_tenths": {str(key): " ".join(sorted(words)) for key, words in sorted(tenths.items())},
        "names": " ".join(sorted(find_names(counts, wordnet))),
    }


def find_names(words: Iterable[str], wordnet: Path) -> set[str]:
    """Words that WordNet knows in lower case neither as they stand nor in a base form."""
    known: set[str] = {*FUNCTION_WORDS}
    for part in PARTS:
        for synset in read_synsets(wordnet, part, lower=False).values():
            known.update(word for word in synset.words if word.islower())
        known.update(line.split()[0] for line in (wordnet / f"{part}.exc").read_text("utf-8").splitlines())
    return {word for word in words if "'" not in word and known.isdisjoint(base_forms(word))}


def base_forms(word: str) -> set[str]:
    """A word and what WordNet's rules of detachment make of it."""
    found = {word}
    for ending, replacements in ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending) + 1:
            found.update(word.removesuffix(ending) + replacement for replacement in replacements)
    return found


def write(path: Path, document: dict[str, object]) -> None:
    """Write gzip without a time stamp, so that equal content gives equal files."""
    path.write_bytes(gzip.compress(json.dumps(document, ensure_ascii=False).encode(), 9, mtime=0))
    print(f"{path}: {path.stat().st_size:,} bytes")


def main() -> None:
    """Build both tables."""
    parser = argparse.ArgumentParser(description="Build the word tables of the scorers.")
    parser.add_argument("wordnet", type=Path)
    parser.add_argument("frequencies", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    counts = read_counts(arguments.frequencies)
    write(arguments.out / "opposites_v2.json.gz", build_opposites(arguments.wordnet, set(counts)))
    write(arguments.out / "word_surprisal_v2.json.gz", build_surprisal(counts, arguments.wordnet))


if __name__ == "__main__":
    main()
