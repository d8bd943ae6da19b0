"""Growth signals: what came in blocks and what explains it, what stayed, and how the account follows others.

Evaluated over `features.rows.history`.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from features.exact import ratio
from features.histories.series import LONGEST_GAP
from features.signal import EVIDENCE_IDS, Family, Signal, define

WINDOWS = (30, 90)

_signal = partial(define, Family.GROWTH, "follower_history")

_BOUGHT = ("bought_followers",)
_COUNT = pl.col("followers")
_GAINED = pl.col("gained").drop_nulls().first()
_STEP = pl.col("surge") == "step"
_DRIP = pl.col("surge") == "drip"
_LOSS = pl.col("surge") == "drop"
_OWN = pl.col("unexplained")


def _enough(expression: pl.Expr) -> pl.Expr:
    """The expression where there are enough counts, else null."""
    return pl.when(_GAINED.is_not_null()).then(expression)


def _window(days: int) -> pl.Expr:
    """Log of one and the followers gained over the last `days` days for each one there was at the start of the history.

    Null where there is no count in the week before the window: growth over a longer time is another figure. Against the
    start, so that what was bought before the window makes later growth no smaller.
    """
    start = pl.col("date").filter(_COUNT.is_not_null()).max() - pl.duration(days=days)
    just_before = (pl.col("date") <= start) & (pl.col("date") >= start - pl.duration(days=LONGEST_GAP))
    before = _COUNT.filter(just_before).drop_nulls().last()
    counts = _COUNT.drop_nulls()
    return ((counts.last() - before) / (counts.first() + 1)).clip(-0.9).log1p()


def _stretches(flag: pl.Expr) -> pl.Expr:
    """The days of surges, from that of the count before to that of their last one, as ISO 8601 writes intervals."""
    before, last = (pl.col(name).filter(flag).cast(pl.String) for name in ("start", "date"))
    return (before + "/" + last).sort().head(EVIDENCE_IDS)


def _largest(flag: pl.Expr) -> pl.Expr:
    """The surges for which a flag holds with the largest surplus among them."""
    return flag & (pl.col("surplus") == pl.col("surplus").filter(flag).max())


def _most_followed_or_left() -> pl.Expr:
    """The days on which the count of accounts followed moved most."""
    moved = pl.col("following").diff()
    days = pl.col("date").filter(moved != 0).sort_by(-moved.filter(moved != 0).abs(), pl.col("date").filter(moved != 0))
    return days.head(EVIDENCE_IDS).sort().cast(pl.String)


def _most(flag: pl.Expr) -> pl.Expr:
    """The largest surplus among the surges of a kind; 0 where there is none."""
    return _enough(pl.col("surplus").filter(flag).max().fill_null(0.0).clip(0))


def _share_of_growth(flag: pl.Expr) -> pl.Expr:
    """Share of all followers gained that came in these surges."""
    return (pl.col("size").filter(flag).sum() / _GAINED).clip(0, 1)


def _share_of_steps(flag: pl.Expr, among: pl.Expr) -> pl.Expr:
    """Share of the followers gained in some steps for which a flag holds; null where there is no such step."""
    return ratio(pl.col("size").filter(flag & among).sum(), pl.col("size").filter(among).sum())


def _largest_loss(flag: pl.Expr) -> pl.Expr:
    return _enough(-pl.col("surplus").filter(_LOSS & flag).min().fill_null(0.0))


def _explained(name: str, cause: str, sentence: str) -> Signal:
    """0 too where posts, or what they would show, are not recorded: no cause is known then, and `missing_inputs` names
    what lacks. As null it told no more (docs/fraud-model-tried.md)."""
    flag = pl.col("explained_by") == cause
    needs = ("followers", "posts.posted_at", "posts.likes" if cause == "viral_post" else "posts.caption")
    return _signal(
        name, "share", -1, sentence, needs, _share_of_growth(flag), evidence=_stretches(flag), supports=(cause,)
    )


SIGNALS = (
    *(
        _signal(
            f"growth_{days}d",
            "log ratio",
            1,
            f"Followers gained over the last {days} days, against those at the start of the history; purchases make it "
            "fast, and so do good weeks.",
            ("followers",),
            _window(days),
            supports=_BOUGHT,
        )
        for days in WINDOWS
    ),
    _signal(
        "unexplained_surge",
        "log ratio",
        1,
        "Growth beyond the usual pace in the largest jump or stretch of even extra growth for which the record shows "
        "no cause; bought followers come so.",
        ("followers",),
        _most(_OWN & (_STEP | _DRIP)),
        evidence=_stretches(_largest(_OWN & (_STEP | _DRIP))),
        supports=_BOUGHT,
    ),
    _signal(
        "unexplained_growth_share",
        "share",
        1,
        "Share of all followers gained that came in jumps and even extra growth for which the record shows no cause.",
        ("followers",),
        _share_of_growth(_OWN),
        evidence=_stretches(_OWN),
        supports=_BOUGHT,
    ),
    _signal(
        "round_step_share",
        "share",
        1,
        "Share of the followers gained in jumps without a known cause whose size is close to a round number, as "
        "packages are sold; one jump in ten is by chance.",
        ("followers",),
        _share_of_steps(pl.col("round"), _OWN & pl.col("round").is_not_null()),
        evidence=_stretches(_OWN & pl.col("round")),
        supports=_BOUGHT,
    ),
    _signal(
        "step_without_post_share",
        "share",
        1,
        "Share of the followers gained in jumps with no post in the three days before; something other than a post "
        "brought them.",
        ("followers", "posts.posted_at"),
        _share_of_steps(~pl.col("near_post"), _STEP & pl.col("posts_known")),
        evidence=_stretches(_STEP & pl.col("posts_known") & ~pl.col("near_post")),
        supports=_BOUGHT,
    ),
    _explained(
        "viral_growth_share",
        "viral_post",
        "Share of all followers gained that came in jumps and even extra growth within a week after a post that went "
        "viral.",
    ),
    _explained(
        "giveaway_growth_share",
        "giveaway",
        "Share of all followers gained that came in jumps and even extra growth while a giveaway ran.",
    ),
    _explained(
        "collaboration_growth_share",
        "collaboration",
        "Share of all followers gained that came in jumps and even extra growth just after a post with another "
        "account.",
    ),
    _explained(
        "press_growth_share",
        "press",
        "Share of all followers gained that came in jumps that faded over days and stayed, as attention from outside "
        "does.",
    ),
    _signal(
        "common_growth_share",
        "share",
        -1,
        "Share of all followers gained on days or in weeks that lifted many other accounts too.",
        ("followers",),
        _share_of_growth(pl.col("shared") & ~_LOSS),
        evidence=_stretches(pl.col("shared") & ~_LOSS),
        supports=("seasonal",),
    ),
    _signal(
        "purge_loss",
        "log ratio",
        0,
        "Largest loss on a day on which many other accounts lost followers too, as in a purge by the platform.",
        ("followers",),
        _largest_loss(pl.col("shared")),
        evidence=_stretches(_LOSS & pl.col("shared")),
        supports=("platform_purge",),
        end=1,
    ),
    _signal(
        "own_loss",
        "log ratio",
        0,
        "Largest sudden loss that other accounts did not have; a supplier's block that is taken away does this.",
        ("followers",),
        _largest_loss(~pl.col("shared")),
        evidence=_stretches(_LOSS & ~pl.col("shared")),
    ),
    _signal(
        "following_churn",
        "ratio",
        1,
        "Accounts followed and unfollowed again over the history, against those followed; follow-unfollow does this.",
        ("following",),
        _enough(
            ratio(
                pl.min_horizontal(
                    pl.col("following").diff().clip(0).sum(), -pl.col("following").diff().clip(None, 0).sum()
                ),
                pl.col("following").median(),
            )
        ),
        evidence=_most_followed_or_left(),
        supports=("follow_unfollow",),
    ),
    _signal(
        "following_range",
        "ratio",
        1,
        "Highest less lowest count of accounts followed, against followers; waves of mass following widen it.",
        ("following", "followers"),
        _enough(ratio(pl.col("following").max() - pl.col("following").min(), pl.col("followers").drop_nulls().first())),
        evidence=_most_followed_or_left(),
        supports=("follow_unfollow",),
    ),
)
