"""What a label counts for in training: every weight that is not worked out from the data, in one place.

A label weighs the share of its reviewers who agree (`training.audits.dataset.audit_labels`); these are the other
factors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.verdicts.decision import Profile

    Floats = NDArray[np.float64]

UNSURE_VOTE = 0.5
"""An `unsure` beside verdicts counts as half a vote against them: fraud and unsure make fraud of weight 2/3."""

UNDECIDED = 0.1
"""A creator whose reviewers are undecided (`dataset.undecided`) is learnt from as fraud and as genuine, each with this
weight: it pulls the score of those like it to the middle, and is never judged by."""

FACTORS = (1.0, 3.0, 10.0, 30.0, 100.0)
"""What a real audit may weigh beside a simulated one; cross-validation on real audits chooses."""


def costs(label: Floats, profile: Profile) -> Floats:
    """What a mistake about each row costs by the profile, scaled so that equal costs weigh 1.

    A missed fraud for the fraud, a false accusation for the genuine. The calibration afterwards does not know of it, so
    that probabilities stay what they are and only the order is bent towards the dearer mistake.
    """
    mean = (profile.missed_fraud + profile.false_accusation) / 2.0
    return np.where(label > 0, profile.missed_fraud, profile.false_accusation) / mean
