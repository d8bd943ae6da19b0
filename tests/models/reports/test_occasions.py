"""Wishes that many write alike under the same posts, and what a score has less of as they count for no list."""

from __future__ import annotations

import pytest

import features
from features import records
from features.records import Tables
from features.rows.comments import unwished
from models.fraud import FraudBundle
from models.reporting import reports
from models.reports.occasions import WISHES, occasions, unwished_risks
from models.reports.report import Evidence
from tests.features.conftest import NOW, Record, posts
from training.fraud_model.fitting import FittedFraud

TALK = (
    "where did you buy that lamp in the corner",
    "my grandmother baked exactly these every winter",
    "does it also work with oat milk or only cream",
    "finally somebody who waters plants less than me",
    "how long until your knee was fine for running",
    "which paint did you use, matte or satin",
)
WISHED = ("Happy birthday to you!", "feliz cumpleaños guapa", "Selamat ulang tahun kak 🎂")


def _record(texts: dict[str, tuple[str, ...]], name: str = "me") -> Record:
    """A creator with these comments under posts p000, p001 …, none of them liked."""
    written = [(post, text) for post, some in texts.items() for text in some]
    comments = [
        {
            "comment_id": f"k{place:03}",
            "post_id": post,
            "author_id": f"by{place}",
            "text": text,
            "likes": 0,
            "posted_at": NOW.isoformat(),
        }
        for place, (post, text) in enumerate(written)
    ]
    return {"creator_id": name, "platform": "instagram", "posts": posts([5, 5]), "comments": comments}


def _read(*made: Record) -> Tables:
    return records.read(list(made), now=NOW)


BIRTHDAY = {"p000": WISHED * 5 + TALK[:2], "p001": TALK * 2}


def test_the_posts_are_found_under_which_people_wish_alike() -> None:
    thin = _record({"p000": (*WISHED, *TALK, *TALK), "p001": TALK}, "thin")
    varied = _record({"p000": ("Amen", "RIP", "Congrats", "happy birthday", *TALK[:2])}, "varied")
    rows = features.prepare(_read(_record(BIRTHDAY), thin, varied))
    assert occasions(rows.comments) == {"me": ("p000",)}
    assert occasions(features.prepare(_read(_record({"p000": ()}))).comments) == {}


def test_the_post_with_most_wishes_comes_first_and_one_with_few_among_its_talk_not_at_all() -> None:
    texts = {
        "p000": WISHED * 2 + TALK,
        "p001": WISHED * 3 + TALK,
        "p002": (*WISHED, *TALK, "and where is the hat from"),
    }
    assert occasions(features.prepare(_read(_record(texts))).comments) == {"me": ("p001", "p000")}


def test_three_wishes_that_repeat_another_are_a_list_and_two_are_not() -> None:
    for again, found in ((3, {"me": ("p000",)}), (2, {})):
        texts = {"p000": (*WISHED, *WISHED[:1] * again)}
        assert occasions(features.prepare(_read(_record(texts))).comments) == found


def test_the_order_of_comments_is_no_matter() -> None:
    backwards = {post: texts[::-1] for post, texts in reversed(BIRTHDAY.items())}
    assert occasions(features.prepare(_read(_record(backwards))).comments) == {"me": ("p000",)}


@pytest.fixture(scope="module")
def bundle(fitted_fraud: FittedFraud) -> FraudBundle:
    return fitted_fraud.bundle


def test_wishes_taken_for_copies_have_the_signals_of_copies() -> None:
    rows = features.prepare(_read(_record(BIRTHDAY))).comments
    assert rows.filter("repeated", "wish").is_empty()
    assert unwished(rows)["repeated"].all()
    assert (
        unwished(rows)
        .drop("repeated", "near_duplicate", "copied_from")
        .equals(rows.drop("repeated", "near_duplicate", "copied_from"))
    )


def test_the_risk_of_one_does_not_depend_on_who_is_scored_beside(bundle: FraudBundle) -> None:
    made = _read(_record(BIRTHDAY), _record({"p000": TALK * 4, "p001": WISHED * 9}, "other"))
    rows, signals = features.prepare(made, bundle.context), bundle.signals(made)
    both = unwished_risks(bundle, rows, signals, ["other", "me"])
    assert both == pytest.approx(
        [unwished_risks(bundle, rows, signals, [name])[0] for name in ("other", "me")], abs=1e-9
    )
    assert unwished_risks(bundle, rows, signals, []) == []


def test_a_report_names_the_wishes_that_would_have_looked_like_a_list(
    bundle: FraudBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = _read(_record(BIRTHDAY))
    monkeypatch.setattr("models.reporting.unwished_risks", lambda *_: [90.0])
    (report,) = reports(bundle, tables)
    assert report.risk_score is not None
    (found,) = (one for one in report.benign if one.kind == WISHES)
    assert found.points == pytest.approx(report.risk_score - 90.0)
    assert found.evidence == (Evidence(kind="posts", ids=("p000",)),)
    monkeypatch.setattr("models.reporting.unwished_risks", lambda *_: [report.risk_score])
    assert [one.kind for one in reports(bundle, tables)[0].benign if one.kind == WISHES] == []
