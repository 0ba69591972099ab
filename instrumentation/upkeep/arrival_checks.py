"""Whether spans reach a store: what waits in the spool, what was set aside or dropped, and where senders send."""

import socket
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from tierscope.instrumentation.tallies import load_tallies
from tierscope.instrumentation.upkeep.finding import Finding, Patient, describe_age

__all__ = ["check_counters", "check_quarantine", "check_receiver", "check_senders", "check_spool"]

_MIB: Final = 1024 * 1024
OLD_S: Final = 60.0
"""What waits longer is not being drained."""
NEARLY_FULL: Final = 0.9
CONNECT_WITHIN_S: Final = 1.0
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1", "0.0.0.0")  # noqa: S104 - names that are read, not bound
_SHOWN: Final = 3


def check_spool(patient: Patient) -> Finding:
    """What is acknowledged, but not in the database."""
    spool = patient.store.spool
    segments = spool.list_segments()
    if not segments:
        return Finding("spool", "ok", "nothing waits to enter the database")
    age_s = (patient.now_ns - segments[0].written_ns) / 1e9
    waiting_bytes, limit_bytes = spool.measure_bytes(), patient.store.settings.max_spool_bytes
    said = f"{len(segments):,} segments wait ({waiting_bytes / _MIB:,.1f} MiB), the oldest for {describe_age(age_s)}"
    drain = "run any command that reads the store, such as  tierscope runs, or keep  tierscope collect  running"
    if waiting_bytes >= NEARLY_FULL * limit_bytes:
        return Finding("spool", "failed", f"{said}: the limit of {limit_bytes / _MIB:,.0f} MiB is reached", drain)
    if age_s > OLD_S:
        return Finding("spool", "warning", f"{said}: nobody brings the store up to date", drain)
    return Finding("spool", "ok", said)


def check_quarantine(patient: Patient) -> Finding:
    """Segments that could not be read."""
    spool = patient.store.spool
    quarantined = spool.list_quarantined()
    if not quarantined:
        return Finding("quarantine", "ok", "no segment was set aside")
    reasons = [f"{path.name}: {spool.load_reason(path) or 'no reason kept'}" for path in quarantined[:_SHOWN]]
    return Finding(
        "quarantine",
        "warning",
        f"{len(quarantined):,} segments could not be read and lie in {spool.quarantine} ({'; '.join(reasons)})",
        "have the sender send them again where it can, and delete them there",
    )


def check_counters(patient: Patient) -> Finding:
    """What recorders in other processes counted."""
    tallies = load_tallies(patient.store.spool.folder)
    if not tallies:
        return Finding("counters", "ok", "no process has recorded or received spans in the last week")
    dropping = [tally for tally in tallies if tally.dropped]
    if not dropping:
        stored = sum(tally.stored for tally in tallies)
        return Finding("counters", "ok", f"{len(tallies)} processes stored {stored:,} spans and dropped none")
    worst = max(dropping, key=lambda tally: tally.dropped)
    ago = describe_age((patient.now_ns - worst.at_ns) / 1e9)
    return Finding(
        "counters",
        "warning",
        f"{len(dropping)} of {len(tallies)} processes dropped spans: {worst.recorder} dropped {worst.dropped:,} of "
        f"{worst.accepted + worst.dropped:,}, last counted {ago} ago",
        "give its processor more room (max_spans, max_bytes) or a faster disk; its log says what went wrong",
    )


def check_receiver(patient: Patient) -> Finding:
    """Whether something listens where SDKs send unless told otherwise."""
    listening = [port for port in patient.ports if _listens(port)]
    if listening:
        return Finding("receiver", "ok", f"something listens on 127.0.0.1:{' and '.join(map(str, listening))}")
    ports = " or ".join(map(str, patient.ports))
    return Finding(
        "receiver",
        "note",
        f"nothing listens on 127.0.0.1:{ports}: only imports and programs that record directly reach the store",
        "run  tierscope collect  or  tierscope serve  for senders of OTLP",
    )


def check_senders(patient: Patient) -> list[Finding]:
    """Whether the environment, which senders started from here inherit, keeps spans from coming."""
    faults = [*_check_switches(patient.environment), *_check_sampler(patient.environment), *_check_endpoint(patient)]
    return faults or [Finding("senders", "ok", "nothing in this environment keeps OpenTelemetry from sending here")]


def _check_switches(environment: Mapping[str, str]) -> list[Finding]:
    faults: list[Finding] = []
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        faults.append(
            Finding("senders", "failed", "OTEL_SDK_DISABLED is true: no span is recorded", "unset OTEL_SDK_DISABLED")
        )
    exporters = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    if exporters and "otlp" not in exporters:
        faults.append(
            Finding(
                "senders",
                "warning",
                f"OTEL_TRACES_EXPORTER is {exporters}: spans are not sent over OTLP",
                "set  OTEL_TRACES_EXPORTER=otlp",
            )
        )
    return faults


def _check_sampler(environment: Mapping[str, str]) -> list[Finding]:
    sampler = environment.get("OTEL_TRACES_SAMPLER", "").strip()
    share = environment.get("OTEL_TRACES_SAMPLER_ARG", "").strip()
    fix = "set  OTEL_TRACES_SAMPLER=parentbased_always_on"
    if sampler.endswith("always_off"):
        return [Finding("senders", "failed", f"OTEL_TRACES_SAMPLER is {sampler}: every span is dropped", fix)]
    if sampler.endswith("traceidratio") and share not in ("", "1", "1.0"):
        said = f"OTEL_TRACES_SAMPLER is {sampler}: only a share of {share} of the traces is kept"
        return [Finding("senders", "warning", said, fix)]
    return []


def _check_endpoint(patient: Patient) -> list[Finding]:
    for name in ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        endpoint = patient.environment.get(name, "").strip()
        if endpoint:
            return [fault for fault in (_judge_endpoint(patient, name, endpoint),) if fault is not None]
    return []


def _judge_endpoint(patient: Patient, name: str, endpoint: str) -> Finding | None:
    parts = urlsplit(endpoint if "//" in endpoint else f"//{endpoint}")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return Finding("senders", "failed", f"{name} is no address: {endpoint}", f"unset {name}")
    here = f"http://127.0.0.1:{patient.ports[0]}"
    if parts.hostname not in _LOOPBACK:
        return Finding(
            "senders", "warning", f"{name} sends to {parts.hostname}, not to this machine", f"set  {name}={here}"
        )
    if not _listens(port):
        return Finding(
            "senders", "failed", f"{name} sends to port {port}, where nothing listens", f"set  {name}={here}"
        )
    if name.endswith("TRACES_ENDPOINT") and not _is_grpc(patient.environment) and not parts.path.endswith("/v1/traces"):
        fix = f"set  {name}={endpoint.rstrip('/')}/v1/traces"
        return Finding("senders", "failed", f"{name} is used as it stands, and lacks the path /v1/traces", fix)
    return None


def _is_grpc(environment: Mapping[str, str]) -> bool:
    names = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    return next((environment[name] for name in names if name in environment), "") == "grpc"


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), CONNECT_WITHIN_S).close()
    except OSError:
        return False
    return True
