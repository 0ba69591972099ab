"""Why nothing arrives: every check after the other, from the disk to the agents."""

import os
import time
from collections.abc import Iterator, Mapping
from typing import Final

from tierscope.errors import StoreError
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep.arrival_checks import (
    check_counters,
    check_quarantine,
    check_receiver,
    check_senders,
    check_spool,
)
from tierscope.instrumentation.upkeep.content_checks import check_contents
from tierscope.instrumentation.upkeep.finding import Finding, Patient
from tierscope.instrumentation.upkeep.place_checks import check_disk, check_locks, check_path, check_schema

__all__ = ["PORTS", "diagnose"]

PORTS: Final = (4318, 4317)
"""Where SDKs send OTLP over HTTP and over gRPC unless told otherwise."""


def diagnose(
    store: Store, environment: Mapping[str, str] | None = None, ports: tuple[int, ...] = PORTS
) -> Iterator[Finding]:
    """Examine a store, and change nothing.

    Args:
        store: whose settings say how long to wait for one that is held.
        environment: in which to look for what keeps senders from sending; the process's where None.
        ports: on which a receiver of this machine should listen.

    Yields:
        What each check found, as soon as it is known.
    """
    patient = Patient(store, os.environ if environment is None else environment, ports, time.time_ns())
    path = check_path(patient)
    yield path
    yield check_disk(patient)
    yield check_receiver(patient)
    yield from check_senders(patient)
    if path.verdict == "failed":
        return
    yield check_spool(patient)
    yield check_quarantine(patient)
    yield check_counters(patient)
    if not store.path.exists():
        return
    yield check_locks(patient)
    schema = check_schema(patient)
    yield schema
    if schema.verdict == "ok":
        yield from _look_inside(patient)


def _look_inside(patient: Patient) -> Iterator[Finding]:
    try:
        yield from check_contents(patient)
    except StoreError as error:
        yield Finding("contents", "failed", str(error), "try again")
