"""Plans: tasks that may need each other's results."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from tierscope.orchestrator.errors import PlanError
from tierscope.orchestrator.messages import Task


def check_plan(owner: str, tasks: Sequence[Task]) -> None:
    """Check that the tasks of a plan can be carried out in some order.

    Args:
        owner: name of the orchestrator, for messages.
        tasks: the plan; a task without an id goes by its receiver's name.

    Raises:
        PlanError: a task needs an unknown one, two have the same id, or they wait for each other in a circle.
    """
    if not any(task.needs for task in tasks):
        return
    ids = [task.id or task.to or "" for task in tasks]
    for id_ in ids:
        if ids.count(id_) > 1:
            raise PlanError(f"{owner}: two tasks of the plan are called {id_!r}: give each an id of its own.")
    for id_, task in zip(ids, tasks, strict=True):
        unknown = sorted(set(task.needs) - set(ids))
        if unknown:
            raise PlanError(f"{owner}: task {id_!r} needs {unknown[0]!r}, but the plan has only {', '.join(ids)}.")
    try:
        TopologicalSorter({id_: task.needs for id_, task in zip(ids, tasks, strict=True)}).prepare()
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise PlanError(f"{owner}: tasks wait for each other: {circle}; take one of these needs away.") from error
