"""The card of a comment model: what it is, how well it does on comments left out, where it does worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.evaluation_tables import as_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.comments import CommentBundle
    from training.evaluation_tables import Table


def model_card(bundle: CommentBundle, tables: Sequence[Table]) -> str:
    """The card as Markdown; `tables` are of comments left out, by part and by writing."""
    contract = bundle.contract
    facts = [f"- {name.replace('_', ' ')}: {value}" for name, value in sorted(contract.training.items())]
    return "\n".join(
        [
            f"# bonafide-comments {contract.version}",
            "",
            "The probability that one comment is not genuine, as the labels that it was trained on mean it, from its "
            "text alone: hashed n-grams and signals that need no language. N-grams that training never saw weigh "
            "nothing, so a comment in an unknown language is judged by length, links, numbers and the like.",
            "",
            "## What it is",
            f"- version `{contract.version}`, data `{contract.data_hash[:12]}`",
            f"- {len(bundle.places):,} n-grams and {len(contract.signals)} signals",
            f"- calibration: {contract.calibration.slope:.3f} x raw log odds {contract.calibration.intercept:+.3f}",
            *facts,
            "",
            "## How well it does",
            "",
            as_markdown(tables, level=3),
            "## Limits",
            "- Spam of one site is not spam of another: where labels mean something else, train on your own.",
            "- The probability assumes as much spam as in training; elsewhere trust the order.",
            "- Words of promotion in a language that training does not hold are not known to it.",
            "",
        ]
    )
