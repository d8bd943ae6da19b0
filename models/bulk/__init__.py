"""A corpus of any size: cut into parts, worked on by several processes, put together in the end.

What is finished lies in a folder of its own, so that work that was killed goes on where it stopped. What is found out
of a creator depends on nobody else, so the parts give what the whole would have given. The processes load their models
while the corpus is still being cut, and what comes before all that is left can be used while that is worked on.
"""

from __future__ import annotations

from models.bulk.beginning import begin
from models.bulk.scoring import HASH, Asked, Model, Run, Scoring
from models.bulk.task import Task
from models.bulk.work import DONE, LINE, Ready, Work
from models.bulk.workers import SHARED, getting_ready, ready, shared_in_home
from models.machine.plan import Plan, plan

__all__ = [
    "DONE",
    "HASH",
    "LINE",
    "SHARED",
    "Asked",
    "Model",
    "Plan",
    "Ready",
    "Run",
    "Scoring",
    "Task",
    "Work",
    "begin",
    "getting_ready",
    "plan",
    "ready",
    "shared_in_home",
]
