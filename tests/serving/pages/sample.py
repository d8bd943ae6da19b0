"""A hand-made report with its records, for tests of the page."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl

from features.records import Tables
from models.reports.facts import (
    Audience,
    AudienceTypes,
    BrandSafety,
    Estimate,
    Growth,
    Inflated,
    Place,
    Pod,
    Pricing,
    Range,
    Reachability,
    SafetyItem,
    Said,
)
from models.reports.report import (
    Anomaly,
    Contamination,
    Costs,
    Counterfactual,
    Evidence,
    Finding,
    Intent,
    ModelUsed,
    Narrowing,
    Peers,
    ProfileUsed,
    Reason,
    Report,
)

START = date(2026, 1, 1)
JUMP = date(2026, 3, 14)
BASE_RISK, RISK = 18.0, 83.0
CREATOR = "mara.k"

_POINTS = (
    ("largest_step", "growth", "ratio", 4.2, 0.99, 31.0),
    ("step_share", "growth", "share", 0.47, 0.985, 14.5),
    ("step_without_post", "growth", "days", 3.0, 0.93, 6.0),
    ("generic_share", "comments", "share", 0.41, 0.95, 9.4),
    ("duplicate_share", "comments", "share", 0.12, 0.9, 4.8),
    ("author_diversity", "comments", "share", 0.91, 0.62, -1.1),
    ("rate_by_followers", "engagement", "share", 0.0061, 0.09, 5.2),
    ("like_spread", "engagement", "log sd", 0.55, 0.51, -4.6),
    ("narrow_band_share", "engagement", "share", 0.2, 0.45, -2.0),
    ("follow_ratio", "profile", "ratio", 0.01, 0.2, -1.4),
    ("posts_per_day", "profile", "posts/day", 0.7, None, 0.02),
    ("no_picture_share", "audience", "share", None, None, 3.18),
)


def report(**changes: object) -> Report:
    """A report whose points add up from 18 to 83."""
    evidence = {
        "largest_step": (Evidence(kind="days", start=JUMP, end=JUMP + timedelta(days=2), facts={"gain": 9800}),),
        "generic_share": (Evidence(kind="comments", ids=("c1", "c2", "c3", "c7", "c9")),),
        "duplicate_share": (Evidence(kind="comments", ids=("c2", "c4")),),
        "rate_by_followers": (Evidence(kind="posts", ids=("p5", "p6")),),
    }
    reasons = tuple(
        Reason(
            signal=name,
            family=family,
            unit=unit,
            value=value,
            percentile=percentile,
            points=points,
            log_odds=points / 20,
            sentence="Followers gained in the largest single jump; bought followers are delivered in one.",
            evidence=evidence.get(name, ()),
        )
        for name, family, unit, value, percentile, points in _POINTS
    )
    step = Anomaly(
        kind="round",
        start=JUMP,
        end=JUMP + timedelta(days=2),
        size=9800,
        share_of_growth=0.47,
        evidence=(Evidence(kind="days", start=JUMP, end=JUMP),),
        effect=33.0,
    )
    viral = Anomaly(
        kind="step",
        start=date(2026, 5, 2),
        end=date(2026, 5, 5),
        size=2300,
        share_of_growth=0.11,
        explained_by="viral_post",
        evidence=(Evidence(kind="posts", ids=("p20",)),),
    )
    whole: dict[str, object] = {
        "creator_id": CREATOR,
        "state": "ready",
        "probability": RISK / 100,
        "lo": 0.68,
        "hi": 0.92,
        "risk_score": RISK,
        "band": "high",
        "decision": "reject",
        "reasons": reasons,
        "missing_inputs": ("audience", "posts.saves"),
        "anomalies": (step, viral),
        "types": (Finding(kind="bought_followers", log_odds=2.4, points=48.0, signals=("largest_step", "step_share")),),
        "benign": (Finding(kind="viral_post", log_odds=-0.2, points=-4.6, signals=("like_spread",)),),
        "contamination": Contamination(
            share=0.34,
            lo=0.27,
            hi=0.41,
            sampled=400,
            pacc=0.32,
            cross_check=0.36,
            shift=False,
            note="What the audience is made of.",
        ),
        "intent": Intent(
            probability=0.78,
            lo=0.6,
            hi=0.89,
            evidence=("posts", "follower_history"),
            kinds=("bought_followers",),
            audience_points=3.2,
            note="Without what the audience is made of.",
        ),
        "profile": ProfileUsed(
            name="strict", review=0.1, high=0.7, costs=Costs(missed_fraud=30.0, false_accusation=10.0, review=3.0)
        ),
        "counterfactuals": (
            Counterfactual(
                what="Without the round-number jump of 14–16 March 2026 (+9,800 followers)",
                kind="round",
                start=JUMP,
                end=JUMP + timedelta(days=2),
                risk_score=RISK,
                without=50.0,
                change=-33.0,
            ),
        ),
        "narrowing": (
            Narrowing(
                input="audience", enough=100, width_now=0.24, width_expected=0.2, signals=("audience_fake_share",)
            ),
        ),
        "peers": Peers(platform="instagram", tier="micro", creators=2140, norms_version="demo-1"),
        "model": ModelUsed(
            name="bonafide-fraud", version="1", norms_version="demo-1", base_log_odds=-1.516, base_risk=BASE_RISK
        ),
        "input_hash": "0123456789abcdef" * 4,
    }
    return Report.model_validate(whole | changes)


def tables(comment: str = "Great post!", name: str = "Mara K.") -> Tables:
    """Records of the reported creator and a neighbour."""
    days = range(181)
    followers = [21000 + 30 * d + 9800 * (d > 72) + (2300 if d > 122 else 0) + int(60 * math.sin(d)) for d in days]
    posted = [datetime(2026, 1, 2, 18, tzinfo=UTC) + timedelta(days=6 * i) for i in range(30)]
    texts = [comment, "🔥🔥🔥", "Nice pic!", "Nice pic!", "Where is this trail? I was there in June", *["So cool"] * 15]
    return Tables.from_frames(
        {
            "creators": pl.DataFrame(
                {
                    "creator_id": [CREATOR, "other"],
                    "platform": ["instagram", "tiktok"],
                    "handle": [CREATOR, "other"],
                    "display_name": [name, "Neighbour"],
                    "followers": [followers[-1], 5],
                    "following": [412, 5],
                    "country": ["DE", None],
                    "category": ["Travel", None],
                    "observed_at": [datetime(2026, 7, 1, tzinfo=UTC)] * 2,
                }
            ),
            "posts": pl.DataFrame(
                {
                    "creator_id": [CREATOR] * 30,
                    "post_id": [f"p{i}" for i in range(30)],
                    "posted_at": posted,
                    "likes": [None if i % 11 == 4 else int(210 + 90 * math.sin(1.7 * i)) for i in range(30)],
                    "views": [60000 if i == 20 else 1500 + 37 * i for i in range(30)],
                }
            ),
            "follower_history": pl.DataFrame(
                {
                    "creator_id": [CREATOR] * len(days),
                    "date": [START + timedelta(days=d) for d in days],
                    "followers": followers,
                }
            ),
            "comments": pl.DataFrame(
                {
                    "creator_id": [CREATOR] * (len(texts) + 1),
                    "comment_id": [f"c{i + 1}" for i in range(len(texts) + 1)],
                    "author_id": [*(f"a{i}" for i in range(len(texts))), CREATOR],
                    "text": [*texts, "Thank you all"],
                }
            ),
        }
    )


def sampled(of: Tables, followers: int = 400, counted: int = 400) -> Tables:
    """The records with a sample of followers, of the first of whom both counts are known."""
    known = [k < counted for k in range(followers)]
    audience = pl.DataFrame(
        {
            "creator_id": [CREATOR] * followers,
            "follower_id": [f"f{k}" for k in range(followers)],
            "followers": [100 + k if there else None for k, there in enumerate(known)],
            "following": [200 + k if there else None for k, there in enumerate(known)],
        }
    )
    return replace(of, audience=Tables.from_frames({"creators": of.creators, "audience": audience}).audience)


def blocks() -> dict[str, object]:
    """What a report tells beside its verdict, for `report(**blocks())`."""
    windows: dict[str, float | None] = {"7d": 0.004, "30d": -0.021, "90d": None, "180d": None, "365d": None}
    return {
        "audience": Audience(
            credibility=None,
            types=AudienceTypes(mass_followers=0.2, influencers=0.05, suspicious=0.15, real=0.6),
            reachability=Reachability(lt_500=0.4, from_500_to_999=0.3, from_1000_to_1500=0.1, gt_1500=0.2),
            notable_share=0.1,
            new_accounts_share=None,
            countries=(Place(code="DE", share=0.7),),
            languages=(),
        ),
        "growth": Growth(rates=windows, label="unexplained"),
        "comments": Said(
            authentic_share=Estimate(value=0.62, lo=0.5, hi=0.72, n=20, method="the comment model"),
            generic_share=0.4,
            emoji_only_share=None,
            mention_only_share=0.0,
            repeated_share=0.7,
            promotion_share=None,
            caption_language_share=None,
            first_hour_share=None,
            repeat_commenter_share=None,
            same_order=None,
            pod=Pod(comment_share=0.31, reciprocity=None),
        ),
        "posts": (Inflated(post_id="p20", view_inflation=29.3, engagement_drop=0.9, points=100.0),),
        "brand_safety": BrandSafety(
            policy="bonafide 2",
            hits=1,
            texts=31,
            items=(
                SafetyItem(category="alcohol", hit=True, posts=("p3", "p9"), count=2, in_bio=True),
                SafetyItem(category="gambling", hit=False, posts=(), count=0, in_bio=False),
            ),
        ),
        "pricing": Pricing(
            post=Range(lo=100, hi=500),
            asked=750,
            asked_stands="above",
            cpm=Range(lo=8.125, hi=None),
            cpe=None,
            norms_version="2021-1",
            source="A study.",
            grade="C",
        ),
    }
