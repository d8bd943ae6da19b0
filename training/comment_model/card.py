"""The card of a comment model: what it is, how well it does on comments left out, where it does worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.card import card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.comments import CommentBundle
    from training.evaluation_tables import Table

ABOUT = (
    "The probability that one comment is not genuine, as the labels that it was trained on mean it, from its text "
    "alone: hashed n-grams and signals that need no language. N-grams that training never saw weigh nothing, so a "
    "comment in an unknown language is judged by length, links, numbers and the like, and in some forty languages by "
    "phrases of promotion that are listed, not learnt."
)
LIMITS = (
    "- Spam of one site is not spam of another: where labels mean something else, train on your own.",
    "- The probability assumes as much spam as in training; elsewhere trust the order.",
    "- Words of promotion in a language that training does not hold are not known to it.",
)


def model_card(bundle: CommentBundle, tables: Sequence[Table]) -> str:
    """The card as Markdown; `tables` are of comments left out, by part and by writing."""
    learnt = [f"- {len(bundle.places):,} n-grams and {len(bundle.contract.signals)} signals"]
    return card(bundle.contract, ABOUT, learnt=learnt, tables=tables, limits=LIMITS)
