"""The frame of the card of a model that judges rows one by one: followers, comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.evaluation_tables import as_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.bundle import BundleContract
    from models.comments import CommentContract
    from models.followers import FollowerContract
    from training.evaluation_tables import Table


def trained_on(contract: BundleContract) -> list[str]:
    """What the contract tells of the training, a line each."""
    return [f"- {name.replace('_', ' ')}: {value}" for name, value in sorted(contract.training.items())]


def card(
    contract: FollowerContract | CommentContract,
    about: str,
    *,
    learnt: Sequence[str],
    tables: Sequence[Table],
    limits: Sequence[str],
) -> str:
    """The card as Markdown.

    Args:
        contract: Of the model.
        about: What it tells of a row.
        learnt: What it consists of, a line each.
        tables: Of rows left out.
        limits: A line each.
    """
    return "\n".join(
        [
            f"# bonafide-{contract.kind} {contract.version}",
            "",
            about,
            "",
            "## What it is",
            f"- version `{contract.version}`, data `{contract.data_hash[:12]}`",
            *learnt,
            f"- calibration: {contract.calibration.slope:.3f} x raw log odds {contract.calibration.intercept:+.3f}",
            *trained_on(contract),
            "",
            "## How well it does",
            "",
            as_markdown(tables, level=3),
            "## Limits",
            *limits,
            "",
        ]
    )
