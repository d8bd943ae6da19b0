"""What a context does not tell: the signals that are not known for that, though the record has all that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.families import residuals
from features.records.contract import PLATFORMS

if TYPE_CHECKING:
    from features.context import Context

OF_PODS = ("pod_comment_share", "pod_reciprocity")
OF_COMMENTERS = ("shared_commenter_share", "commenter_reach")
OF_COMMON_GROWTH = ("common_growth_share", "purge_loss")
"""Where nothing is known of a platform's other accounts, nothing is taken for common: these say 0."""


def lacking(context: Context) -> dict[str, dict[str, str]]:
    """By platform, the signals that the context says nothing for, each with the name of the part."""
    everywhere: dict[str, str] = {}
    if context.commenters.is_empty():
        everywhere |= dict.fromkeys(OF_COMMENTERS, "commenters")
    if context.pods.is_empty():
        everywhere |= dict.fromkeys(OF_PODS, "pods")
    return {platform: _of_platform(context, platform) | everywhere for platform in PLATFORMS}


def _of_platform(context: Context, platform: str) -> dict[str, str]:
    curves = context.curve_of(platform) or {}
    found = {
        signal.name: "curves"
        for signal in residuals.SIGNALS
        if curves.get(f"{signal.name.removesuffix('_expected')}_intercept") is None
    }
    if platform not in context.common_days:
        found |= dict.fromkeys(OF_COMMON_GROWTH, "common_growth")
    return found
