"""Errors of the orchestrator, below ``OrchestrationError``.

OrchestrationError
+-- RunFailedError         the run has no result; what was done is in ``report``
|   `-- SpawnLimitError    an agent spawned past a limit, and ``on_limit`` is "fail"
+-- JoinFailedError        too few members delivered for the join policy
+-- PlanError              a plan names an unknown member or task, or its tasks wait for each other
+-- HandoffSchemaError     what one step returned is not what the next one accepts
+-- BudgetExceededError    a reservation does not fit into what is left
`-- NoCandidateError       no member can take a task
"""

from typing import TYPE_CHECKING

from tierscope.errors import OrchestrationError

if TYPE_CHECKING:
    from tierscope.orchestrator.reports import RunReport


class RunFailedError(OrchestrationError):
    """The run ended without a result."""

    report: "RunReport | None" = None
    """What was done until then; set when ``run`` raises the error."""


class SpawnLimitError(RunFailedError):
    """An agent tried to spawn past a limit."""


class JoinFailedError(OrchestrationError):
    """Too few members delivered for the join policy."""


class PlanError(OrchestrationError):
    """A plan that cannot be carried out."""


class HandoffSchemaError(OrchestrationError):
    """What one agent returned is not what the next one accepts."""


class BudgetExceededError(OrchestrationError):
    """A reservation does not fit into what is left of a budget."""


class NoCandidateError(OrchestrationError):
    """No member can take a task."""
