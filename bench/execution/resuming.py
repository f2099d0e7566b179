"""Going on with a run: what another plan would keep, add and leave out of the one in the folder."""

from __future__ import annotations

from datetime import UTC, datetime

from bench.errors import Problem, RunFolderError
from bench.execution.plan import Plan
from bench.store import Replan, RunFolder


def replan(plan: Plan, folder: RunFolder) -> Replan | None:
    """How a plan differs from that of the folder; `None`: it holds no run, or the same trials.

    Raises:
        RunFolderError: if the folder holds a run of another name.
    """
    if not folder.is_planned():
        return None
    name = folder.spec().config.name
    if name != plan.config.name:
        raise RunFolderError(
            Problem(str(folder.path), f"the run {plan.config.name!r}", f"the run {name!r}", "choose another --out")
        )
    planned = {trial.id for trial in folder.trials()}
    wanted = {trial.id for trial in plan.trials}
    if planned == wanted:
        return None
    lost = planned - wanted
    answered = folder.answered()
    return Replan(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        kept=len(planned & wanted),
        added=len(wanted - planned),
        left_out=len(lost),
        answered_left_out=len(lost & answered),
    )


def check_replan(change: Replan | None, folder: RunFolder, *, allowed: bool) -> None:
    """A plan that only adds trials is gone on with; one that leaves some out must be meant.

    Raises:
        RunFolderError: if it is not.
    """
    if change is not None and change.left_out and not allowed:
        raise RunFolderError(
            Problem(
                str(folder.path),
                "the plan of this run",
                f"one that keeps {change.kept} of its trials, adds {change.added} and leaves out {change.left_out}, "
                f"of which {change.answered_left_out} are answered",
                "use the config and the --limit of before, or choose another --out, or add --replan to go on with the "
                "new plan (what is left out stays on disk)",
            )
        )
