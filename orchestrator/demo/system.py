"""The bundled hierarchy as members of the core: director -> macro, sector, company -> specialists."""

from collections.abc import Sequence

from tierscope.orchestrator.demo.desk import Desk
from tierscope.orchestrator.demo.registry import SourceEntry
from tierscope.orchestrator.demo.staff import Director, DomainLead, Specialist
from tierscope.orchestrator.members import Agent, Member
from tierscope.orchestrator.orchestrators import Orchestrator


def build_hierarchy(desk: Desk, sources: Sequence[SourceEntry]) -> Orchestrator:
    """Three tiers: authority to decompose lies with every domain."""
    registry = desk.registry
    domains = list(dict.fromkeys(source.domain for source in sources))
    director = Director(desk, domains)
    return Orchestrator(
        registry.root.name,
        [_domain(desk, name, [source for source in sources if source.domain == name]) for name in domains],
        plan=director.plan,
        synthesize=director.synthesize,
        role=registry.root.role,
    )


def build_line(desk: Desk, sources: Sequence[SourceEntry]) -> Orchestrator:
    """The same specialists under the director alone; run with one slot, one after another."""
    registry = desk.registry
    return Orchestrator(
        registry.root.name,
        _specialists(desk, sources),
        synthesize=Director(desk, ()).synthesize,
        role=registry.root.role,
    )


def _domain(desk: Desk, name: str, sources: Sequence[SourceEntry]) -> Orchestrator:
    specialists = _specialists(desk, sources)
    lead = DomainLead(desk, name, [member.name for member in specialists])
    deadline_s = desk.protection.domain_deadline_s
    return Orchestrator(
        name,
        specialists,
        plan=lead.plan,
        synthesize=lead.synthesize,
        role=desk.registry.domain_role,
        domain=name,
        deadline_s=None if deadline_s is None else deadline_s / desk.simulation.scale,
    )


def _specialists(desk: Desk, sources: Sequence[SourceEntry]) -> list[Member]:
    by_name: dict[str, list[SourceEntry]] = {}
    for source in sources:
        by_name.setdefault(source.specialist, []).append(source)
    return [
        Agent(name, Specialist(desk, name, given).work, role=desk.registry.specialist_role, domain=given[0].domain)
        for name, given in by_name.items()
    ]
