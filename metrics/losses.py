"""Which signals of a run were lost on their way up, where, and whom they had reached: by words alone, in no time."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tierscope.instrumentation.runs import Run, Signal
from tierscope.metrics.lineage import Lineage, Member
from tierscope.metrics.presence import Presence, judge_presence, plain_words

__all__ = ["Loss", "SignalWay", "compute_losses", "follow_signal", "own_signals"]


@dataclass(frozen=True, slots=True)
class Loss:
    """A signal that some agent on its way did not pass on."""

    text: str
    critical: bool
    from_agent: str
    """The agent that had it first."""
    reached: tuple[str, ...]
    """Agents whose output has it, from its author upwards."""
    lost_at: str
    """The first ancestor whose output no longer has it, though that of the child before it still had."""
    calls: int = 1
    """Invocations of the author of which all this holds alike."""


@dataclass(frozen=True, slots=True)
class SignalWay:
    """One signal, and where on its way up it still stands."""

    author: Member
    text: str
    critical: bool
    steps: tuple[tuple[Member, Presence | None], ...]
    """Ancestors, the parent first; None where an ancestor's output was not recorded."""

    @property
    def reached(self) -> tuple[Member, ...]:
        """The author, and every ancestor whose output has the signal."""
        return (self.author, *(member for member, found in self.steps if found in ("verbatim", "rephrased")))

    @property
    def lost_at(self) -> Member | None:
        """The first ancestor that lost it; None where none is known to have."""
        return next((member for member, found in self.steps if found == "absent"), None)

    @property
    def at_root(self) -> Presence | None:
        """How it stands in the root's output; None where that, or the root, was not recorded."""
        if not self.steps:
            return "verbatim" if self.author.tier == 0 else None
        last, found = self.steps[-1]
        return found if last.tier == 0 else None


def compute_losses(run: Run) -> list[Loss]:
    """Find the signals of a run, declared or marked, that were lost on their way up.

    Args:
        run: as inferred.

    Returns:
        Losses in the order of the signals. A signal that an ancestor repeats counts once, for its author, and what
        several calls of one agent lost alike is one loss. Where an output was not recorded nothing is said about it:
        the next one above decides.
    """
    lineage = Lineage.from_run(run)
    ways = [follow_signal(lineage, signal) for signal in own_signals(lineage, run.signals)]
    losses = Counter(
        Loss(
            text=way.text,
            critical=way.critical,
            from_agent=way.author.agent,
            reached=tuple(member.agent for member in way.reached),
            lost_at=way.lost_at.agent,
        )
        for way in ways
        if way.lost_at is not None
    )
    return [replace(loss, calls=calls) for loss, calls in losses.items()]


def follow_signal(lineage: Lineage, signal: Signal) -> SignalWay:
    """Look for a signal in the output of every ancestor of its author."""
    steps: list[tuple[Member, Presence | None]] = [
        (member, None if member.output is None else judge_presence(signal.text, member.output))
        for member in lineage.path_up(signal.invocation_id)
    ]
    return SignalWay(lineage.members[signal.invocation_id], signal.text, signal.critical, tuple(steps))


def own_signals(lineage: Lineage, signals: Iterable[Signal]) -> list[Signal]:
    """Signals at their author: without those that an agent only passes on from below, and without repetitions.

    Args:
        lineage: the run that the signals are of.
        signals: as recorded; those of invocations that the run does not have are left out.
    """
    kept: dict[tuple[str, str], Signal] = {}
    for signal in signals:
        key = (signal.invocation_id, plain_words(signal.text))
        if signal.invocation_id not in lineage.members or not key[1]:
            continue
        if key not in kept or (signal.critical and not kept[key].critical):
            kept[key] = signal
    below = {id_: [one.id for one in lineage.descendants(id_)] for id_ in {id_ for id_, _ in kept}}
    return [
        signal
        for (id_, words), signal in kept.items()
        if not any(
            (member, words) in kept or _says(lineage.members[member].output, signal.text) for member in below[id_]
        )
    ]


def _says(output: str | None, text: str) -> bool:
    return output is not None and judge_presence(text, output) == "verbatim"
