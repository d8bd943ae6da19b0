"""The blocks of every creator of a request.

Signals that are there already are taken as they are; the rest is counted from the few rows of each creator in plain
Python, which for one creator is quicker than a plan of Polars.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from features.tiers import SCHEME, TIERS
from models.rankings.prices import pricing
from models.reports.brand_safety import brand_safety
from models.reports.facts import Account, Confidence, Held, Tier
from models.reports.overview.audience import audience, samples
from models.reports.overview.comments import counts, said
from models.reports.overview.growth import growth
from models.reports.overview.lists import DAY, by_creator, known, middle
from models.reports.overview.posts import captions, engagement, inflated, sums
from models.verdicts.wilson import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from features.records import Tables
    from models.reports.brand_safety import Policy
    from models.reports.overview.lists import Row, Signals
    from models.reports.report import Anomaly

SCHEMA_VERSION = "1"
SURE, FAIRLY_SURE = 0.2, 0.4

_POSTS = ("post_id", "posted_at", "likes", "comments", "views", "caption", "alt_text", "sponsors")
_HISTORY = ("date", "followers")


@dataclass(frozen=True)
class Overviews:
    """The rows of a request, ready to be told of one creator after the other."""

    creators: dict[str, Row]
    posts: dict[str, Row]
    history: dict[str, Row]
    audience: dict[str, Row]
    comments: dict[str, Row]
    policy: Policy
    signals: dict[str, Signals]
    authentic: dict[str, tuple[float, float]]
    """Bounds of the share of authentic comments."""

    @classmethod
    def of(
        cls,
        tables: Tables,
        policy: Policy,
        names: Sequence[str],
        values: NDArray[np.float64],
        history: pl.DataFrame,
        comments: pl.DataFrame,
    ) -> Overviews:
        """Take up the rows.

        Args:
            tables: The creators' records, followers with the follower model's probability where there is one.
            policy: For brand safety.
            names: Of the signals.
            values: A row a creator in the order of `tables.creators`, a column a signal, NaN where one is not known.
            history: Rows of `features.rows.history`: counts that say nothing of their day are null.
            comments: Rows of `features.rows.comments`.
        """
        rows = {row["creator_id"]: row for row in tables.creators.rows(named=True)}
        lists = values.tolist()
        inauthentic = values[:, list(names).index("inauthentic_comment_share")]
        counted = counts(comments)
        judged = np.array([counted.get(name, {}).get("judged", 0) for name in rows], dtype=np.int64)
        lo, hi = wilson(1.0 - inauthentic, np.maximum(judged, 1))
        return cls(
            creators=rows,
            posts=by_creator(tables.posts, _POSTS),
            history=by_creator(history, _HISTORY),
            audience=samples(tables.audience),
            comments=counted,
            policy=policy,
            signals={
                name: {signal: None if value != value else value for signal, value in zip(names, row, strict=True)}
                for name, row in zip(rows, lists, strict=True)
            },
            authentic=dict(zip(rows, zip(lo.tolist(), hi.tolist(), strict=True), strict=True)),
        )

    def blocks(
        self, answer: Mapping[str, Any], coverage: Mapping[str, int], anomalies: Sequence[Anomaly]
    ) -> dict[str, object]:
        """The fields of one creator's report.

        Args:
            answer: A row of `models.verdicts.verdict.VERDICT`.
            coverage: `features.COVERAGE` of the creator.
            anomalies: Of the follower history.
        """
        name = answer["creator_id"]
        creator, signals = self.creators[name], self.signals[name]
        posts = self.posts.get(name) or {column: [] for column in _POSTS}
        history = self.history.get(name) or {column: [] for column in _HISTORY}
        engaged = engagement(posts, creator["followers"], signals)
        risk = answer["risk_score"]
        usual = middle(sums(posts))
        return {
            "schema_version": SCHEMA_VERSION,
            "authenticity_score": None if risk is None else 100.0 - risk,
            "confidence": _confidence(answer),
            "account": _account(creator),
            "data": _held(posts, history, coverage, signals),
            "audience": audience(answer, self.audience.get(name, {}), signals),
            "engagement": engaged,
            "growth": growth(history, anomalies),
            "comments": said(signals, self.comments.get(name, {}), self.authentic[name]),
            "posts": inflated(posts),
            "brand_safety": brand_safety(self.policy, creator["bio"], captions(posts)),
            "pricing": pricing(creator["platform"], creator["followers"], creator["price"], engaged.views, usual),
        }


def _confidence(answer: Mapping[str, Any]) -> Confidence | None:
    """How sure the answer is; what one kind of evidence gives is not sure, however narrow its interval."""
    if answer["lo"] is None or answer["hi"] is None:
        return None
    width = answer["hi"] - answer["lo"]
    if answer["state"] == "low_confidence" or width > FAIRLY_SURE:
        return Confidence(label="low", width=width)
    return Confidence(label="high" if width <= SURE else "medium", width=width)


def _account(creator: Row) -> Account:
    fields = {name: creator[name] for name in Account.model_fields if name != "tier"}
    return Account(**fields, tier=_tier(creator["followers"]))


def _tier(followers: int | None) -> Tier | None:
    if followers is None:
        return None
    place = max(k for k, (_, least) in enumerate(TIERS) if followers >= least)
    return _TIERS[place]


_TIERS = [
    Tier(name=name, least=least, below=TIERS[k + 1][1] if k + 1 < len(TIERS) else None, scheme=SCHEME)
    for k, (name, least) in enumerate(TIERS)
]


def _held(posts: Row, history: Row, coverage: Mapping[str, int], signals: Signals) -> Held:
    times = known(posts["posted_at"])
    days = known(history["date"])
    return Held(
        posts=len(posts["post_id"]),
        posts_from=_day(min(times) // DAY) if times else None,
        posts_to=_day(max(times) // DAY) if times else None,
        comments=coverage["comments_counted"],
        history_days=coverage["history_days"],
        history_from=_day(min(days)) if days else None,
        history_to=_day(max(days)) if days else None,
        followers_sampled=coverage["followers_sampled"],
        hidden_likes_share=signals["hidden_likes_share"],
    )


def _day(number: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).date()
