"""The report page: self-contained, adding up, accessible, and inert whatever the records hold."""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import SIGNALS
from features.rows.comments import INAUTHENTIC
from models.matching.pairs import PAIR_FEATURE_NAMES
from models.reports.facts import Engagement, Growth
from models.reports.overview.growth import FEW_COUNTS
from models.reports.report import AnomalyKind, Cause, Evidence, Finding
from models.verdicts.wilson import wilson
from serving.pages import excerpts, figures, stretches, wording
from serving.pages.report import ALONE, report_html
from serving.pages.titles import FIT_TITLES, TITLES

if TYPE_CHECKING:
    from types import ModuleType


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sample = _load("sample")

ALLOWED = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body main header section article footer div span h1 h2 h3 p br ul ol li dl dt dd "
        "table thead tbody tfoot tr th td strong code bdi details summary svg desc line rect circle text polyline",
    )
)


class Reader(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(sample.report(), sample.tables())


def inert(page: str) -> bool:
    """Only known elements, no event handlers, no addresses, no styles of their own."""
    read = Reader(page)
    risky = [a for a in read.attributes if a[1].startswith("on") or a[1] in {"href", "src", "style", "xlink:href"}]
    return set(read.tags) <= ALLOWED and not risky


def test_the_page_is_one_small_file_that_asks_for_nothing(page: str) -> None:
    assert inert(page)
    assert len(page.encode()) < 200_000
    assert not re.search(r"https?://|url\(|@import|<script", page)
    assert "default-src 'none'" in page


def test_the_page_is_called_after_the_creator() -> None:
    page = report_html(sample.report(), sample.tables(name="Ines <Invented>"))
    assert "<title>Ines &lt;Invented&gt; – Bonafide report</title>" in page


def test_the_verdict_says_probability_interval_decision_and_its_limits(page: str) -> None:
    text = Reader(page).text
    for words in ("83 %", "between 68 % and 92 %", "High risk", "Reject", "probability, not proof"):
        assert words in text


def test_the_bars_add_up_from_base_to_risk(page: str) -> None:
    section = page[page.index('id="why"') : page.index('id="reasons"')]
    numbers = [float(n.replace("−", "-")) for n in re.findall(r"[>]([+−]?\d+\.\d)<", section)]
    base, *parts, risk = numbers
    assert base == sample.BASE_RISK
    assert risk == sample.RISK
    assert base + sum(parts) == pytest.approx(risk, abs=0.3)


def test_what_is_not_known_has_a_bar_of_its_own_and_is_no_reason(page: str) -> None:
    assert "Signals that are not known" in page
    strongest = page.partition('id="reasons"')[2].partition("<details>")[0]
    assert "Largest step" in strongest
    assert "No picture share" not in strongest


def test_every_signal_is_listed_with_its_points(page: str) -> None:
    for reason in sample.report().reasons:
        assert wording.signal(reason.signal) in page


def test_evidence_shows_days_and_ids(page: str) -> None:
    text = Reader(page).text
    assert "14 Mar 2026 – 16 Mar 2026" in text
    assert "posts p5 , p6" in text
    assert "Explained by: a viral post" in text
    assert "3 of 30 posts without a count of likes, as where it is hidden" in text


def test_a_value_that_is_no_sign_by_itself_is_said_to_be_none() -> None:
    usual = [one.model_copy(update={"telling": one.signal != "follow_ratio"}) for one in sample.report().reasons]
    text = Reader(report_html(sample.report(reasons=tuple(usual)), sample.tables())).text
    assert text.count("By itself this value is no sign of honesty: it counts only together with the other") == 1
    assert "no sign of anything bought" not in text


def test_the_audience_and_the_purchase_are_two_answers(page: str) -> None:
    text = Reader(page).text
    for words in ("Share of fake followers", "34 %", "27 % – 41 %", "By two methods", "32 % and 36 %", "400"):
        assert words in text
    for words in (
        "Likely bought, whatever the audience is made of",
        "78 %",
        "60 % – 89 %",
        "+3.2",
        "Enough was handed in of posts and follower history.",
    ):
        assert words in text


def test_what_is_not_known_of_the_audience_or_the_purchase_is_said() -> None:
    unknown = dict.fromkeys(("share", "lo", "hi", "pacc", "cross_check"))
    contamination = sample.report().contamination.model_copy(update={**unknown, "note": "No followers were sampled."})
    unsaid = dict.fromkeys(("probability", "lo", "hi"))
    intent = sample.report().intent.model_copy(update={**unsaid, "note": "Nothing but the audience sample."})
    page = report_html(sample.report(contamination=contamination, intent=intent), sample.tables())
    text = Reader(page).text
    assert text.count("Not known.") == 2
    assert "No followers were sampled." in text
    assert "Nothing but the audience sample." in text


def test_what_would_change_the_score_is_said_with_the_risk_before_and_after(page: str) -> None:
    text = Reader(page).text
    assert "Without the round-number jump of 14–16 March 2026 (+9,800 followers)" in text
    assert "83 → 50" in text
    assert "−33.0" in text
    assert "What would change the score" not in report_html(sample.report(counterfactuals=()), sample.tables())


def test_anomalies_are_told_with_kind_cause_and_effect() -> None:
    first, second = sample.report().anomalies
    for kind, words in stretches.ANOMALIES.items():
        for cause, explained in stretches.CAUSES.items():
            told = second.model_copy(update={"kind": kind, "explained_by": cause})
            text = Reader(report_html(sample.report(anomalies=(first, told)), sample.tables())).text
            assert words in text
            assert f"Explained by: {explained}." in text
            assert "Without it the risk would be 33.0 points lower." in text


def test_sizes_say_that_they_are_beyond_what_was_usual_and_a_decay_that_it_is_counted() -> None:
    jump = sample.report().anomalies[0].model_copy(update={"size": 9_800})
    assert stretches.size(jump) == "+9,800 followers beyond what was usual"
    assert stretches.size(jump.model_copy(update={"size": -1})) == "−1 follower beyond what was usual"
    assert stretches.size(jump.model_copy(update={"kind": "decay", "size": -300})) == "−300 followers"


def test_a_round_jump_says_what_it_is_close_to_and_that_chance_may_do_the_same() -> None:
    first, second = sample.report().anomalies
    assert "close to 10,000" in stretches.roundness(first)
    assert "by chance" in stretches.roundness(first)
    assert stretches.roundness(second) == ""
    assert stretches.roundness(first) in Reader(report_html(sample.report(), sample.tables())).text


def test_no_cause_is_said_to_be_missing_that_could_not_be_looked_for() -> None:
    jump = sample.report().anomalies[0]
    for first_post in (None, jump.end + timedelta(days=1)):
        assert "No post is known to be of that time" in stretches.without_cause(jump, first_post, ())
    assert stretches.without_cause(jump, jump.end, ()) == "No benign cause found in the data."
    loss = jump.model_copy(update={"kind": "purge"})
    assert stretches.without_cause(loss, None, ()) == "No benign cause found in the data."
    for kind in ("decay", "mass_following"):
        assert stretches.without_cause(jump.model_copy(update={"kind": kind}), jump.end, ()) == ""
    told = stretches.without_cause(loss, None, ("posts", "context.common_growth"))
    assert told == "No benign cause found in the data. What moved other accounts then is not known."
    whole = sample.tables()
    without = dataclasses.replace(whole, posts=whole.posts.clear())
    assert "No post is known to be of that time" in Reader(report_html(sample.report(), without)).text


def test_a_loss_that_others_had_too_is_told_to_be_larger_than_theirs() -> None:
    purge = sample.report().anomalies[1].model_copy(update={"kind": "purge", "size": -300, "explained_by": "purge"})
    assert stretches.beyond_others(purge) == "It lost more than most did."
    assert stretches.beyond_others(purge.model_copy(update={"explained_by": None})) == ""
    assert stretches.beyond_others(sample.report().anomalies[1]) == ""


def test_an_effect_that_reads_nothing_is_not_told() -> None:
    first, second = (one.model_copy(update={"effect": 0.04}) for one in sample.report().anomalies)
    text = Reader(report_html(sample.report(anomalies=(first, second)), sample.tables())).text
    assert "Without it the risk" not in text


def test_as_much_as_is_ever_cited_is_told_to_be_some_of_it(page: str) -> None:
    text = Reader(page).text
    assert "See for example comments c1 , c2 , c3 , c7 , c9" in text
    assert "See posts p5 , p6" in text


def test_what_moves_the_score_most_stands_beside_the_verdict(page: str) -> None:
    verdict = Reader(page).text.partition("Share of fake followers")[0]
    assert "What raises it most: largest step (4.2 to 1: +31.0 points) and step share (47 %: +14.5 points)." in verdict
    assert (
        "What lowers it most: like spread (× 1.73: −4.6 points) and narrow band share (20 %: −2.0 points)." in verdict
    )
    assert ALONE not in verdict
    intent = sample.report().intent.model_copy(update={"probability": None, "evidence": (), "kinds": ()})
    assert ALONE in Reader(report_html(sample.report(intent=intent), sample.tables())).text


def test_no_verdict_reads_as_if_it_were_beyond_a_cut_off() -> None:
    low = {"probability": 0.6961, "risk_score": 69.61, "lo": 0.5, "hi": 0.8, "band": "review", "decision": "review"}
    assert "69.6 % likelihood" in Reader(report_html(sample.report(**low), sample.tables())).text


def test_without_sampled_followers_the_score_is_not_told_twice() -> None:
    none = sample.report().contamination.model_copy(update=dict.fromkeys(("share", "lo", "hi")) | {"sampled": 0})
    text = Reader(report_html(sample.report(**sample.blocks(), contamination=none), sample.tables())).text
    assert "The likelihood above, since no followers were sampled." in text
    assert "Enough was handed in of posts and follower history. The signals speak for bought followers." in text
    assert "60 % – 89 %" not in text
    assert "Who the sampled followers are" not in text


def test_kinds_of_buying_are_not_said_to_be_looked_for_in_vain_where_the_risk_is_low() -> None:
    low = {"probability": 0.1, "risk_score": 10.0, "lo": 0.0, "hi": 0.2, "band": "low", "decision": "approve"}
    text = Reader(report_html(sample.report(**low, types=()), sample.tables())).text
    assert "None is named where the risk is low." in text


def test_a_cause_that_explains_growth_is_told_to_lower_the_risk_by_that_too(page: str) -> None:
    explains = "the growth that it explains, which would raise the risk without a cause"
    assert f"Viral post −4.6 points: like spread; {explains}" in Reader(page).text
    jump, (cause,) = sample.report().anomalies[0], sample.report().benign
    alone = cause.model_copy(update={"signals": ()})
    text = Reader(report_html(sample.report(benign=(alone,)), sample.tables())).text
    assert f"Viral post −4.6 points: {explains}" in text
    assert explains not in report_html(sample.report(anomalies=(jump,)), sample.tables())


def test_wishes_say_what_they_would_have_been_taken_for() -> None:
    posts = Evidence(kind="posts", ids=("p1",))
    wishes = Finding(kind="wishes", log_odds=-0.6, points=-11.0, signals=(), evidence=(posts,))
    text = Reader(report_html(sample.report(benign=(wishes,)), sample.tables())).text
    assert "Wishes, prayers or condolences that many people write alike" in text
    assert "what would raise the risk as copies of a list" in text


def test_words_are_there_for_every_kind_and_cause() -> None:
    assert set(stretches.ANOMALIES) == set(get_args(AnomalyKind))
    assert set(stretches.CAUSES) == set(get_args(Cause))


def test_causes_claim_no_more_than_is_looked_for() -> None:
    """A day or season is common from every tenth account on; press is told by how the rise fades, not by an article."""
    assert not [cause for cause in stretches.CAUSES.values() if "all accounts" in cause]
    assert "faded" in stretches.CAUSES["press"]


def test_what_would_narrow_the_interval_is_said(page: str) -> None:
    text = Reader(page).text
    assert "24 points → 20 points" in text
    assert "100 followers" in text


def test_the_profile_is_named_with_its_costs(page: str) -> None:
    text = Reader(page).text
    assert "strict: review from 10 %, reject from 70 %" in text
    assert "a missed fraud costs 30, a false accusation 10, a review 3" in text


def test_charts_can_be_read_without_seeing_them(page: str) -> None:
    charts = re.findall(r'<svg[^>]*role="img".*?</svg>', page, re.DOTALL)
    assert len(charts) == 6
    ids = {value for _, name, value in Reader(page).attributes if name == "id"}
    for chart in charts:
        labels = re.search(r'aria-labelledby="([^"]+)"', chart)
        assert labels is not None
        assert set(labels[1].split()) <= ids
        assert "<title" in chart
        assert "<desc" in chart
    assert all('aria-hidden="true"' in svg for svg in re.findall(r"<svg[^>]*>", page) if "role=" not in svg)


@pytest.fixture(scope="module")
def full() -> str:
    """The text of a page about a creator of whom everything is told."""
    return Reader(report_html(sample.report(**sample.blocks()), sample.sampled(sample.tables()))).text


def test_a_pod_is_told_with_the_innocent_who_look_like_one() -> None:
    pod = Finding(kind="pod", log_odds=2.4, points=48.0, signals=("pod_comment_share",))
    told = Reader(report_html(sample.report(types=(pod,)), sample.tables())).text
    assert "Comments by a pod" in told
    assert wording.LOOK_ALIKES["pod"] in told
    assert wording.LOOK_ALIKES["pod"] not in Reader(report_html(sample.report(), sample.tables())).text


def test_audience_types_have_the_interval_of_their_sample(full: str) -> None:
    lo, hi = wilson(np.array([0.6]), np.array([400.0]), 1.96)
    assert f"Real people 60 % {figures.percent(lo[0])} to {figures.percent(hi[0])}" in full
    assert "the interval of a sample of 400" in full
    assert "More than 1,500 20 % 16 % to 24 %" in full
    assert "Countries Share 0 to 100 % DE 70 %" in full
    assert "Languages" not in full


def test_types_say_why_they_are_not_the_share_of_fakes(full: str) -> None:
    assert "estimated for all of them together" in " ".join(Reader(full).text.split())


def test_followers_of_whom_too_little_is_known_widen_the_interval() -> None:
    tables = sample.sampled(sample.tables(), followers=400, counted=50)
    text = Reader(report_html(sample.report(**sample.blocks()), tables)).text
    lo, hi = wilson(np.array([0.6]), np.array([50.0]), 1.96)
    assert f"Real people 60 % {figures.percent(lo[0])} to {figures.percent(hi[0])}" in text
    assert "the interval of a sample of 50" in text


def test_prices_and_brand_safety_are_told_with_their_source(full: str) -> None:
    assert "By published norms $100 to $500 Asked $750 For a thousand views from $8.12" in full
    assert "The price asked is above that range. A study. Grade C; version 2021-1." in full
    assert "Alcohol in 2 posts, in the profile p3 p9" in full
    assert "Gambling" not in full


def test_figures_that_are_not_known_are_left_out(full: str) -> None:
    assert "Last 7 days +0.4 % Last 30 days −2.1 %" in full
    assert "Last 90 days" not in full
    assert "Comments that read genuine: 62 % 50 % to 72 %, of 20" in full
    assert "Generic 40 % Mentions only 0 % Same words as another 70 % By members of one pod 31 %" in full
    assert "p20 (29.3 × the median)" in full


def test_comments_that_read_inauthentic_are_marked_and_stand_after_those_that_reasons_cite() -> None:
    whole = sample.tables()
    doubts = pl.Series(INAUTHENTIC, [0.97 if name == "c5" else 0.5 for name in whole.comments["comment_id"]])
    page = report_html(sample.report(), dataclasses.replace(whole, comments=whole.comments.hstack([doubts])))
    rows = re.findall(r"<tr( class=\"marked\")?><td><div class=\"quote\">(.*?)</tr>", page, re.DOTALL)
    marked = [Reader(row).text for mark, row in rows if mark]
    assert [("counted as" in row) for row in marked] == [True] * 6 + [False]
    assert marked[-1] == "Where is this trail? I was there in June a4 Reads inauthentic, 97 %"
    assert "7 marked" in Reader(page).text
    assert "Reads genuine" in Reader(rows[7][1]).text


def test_a_zero_has_no_sign() -> None:
    reason = sample.report().reasons[0].model_copy(update={"value": -0.0, "unit": "log ratio"})
    assert wording.value(reason) == "0 %"


@pytest.mark.parametrize(
    ("percentile", "told"),
    [(0.0, "1st"), (0.02, "2nd"), (0.11, "11th"), (0.5, "50th"), (0.83, "83rd"), (1.0, "99th"), (0.125, "12th")],
)
def test_who_has_what_all_peers_have_is_not_told_to_be_above_half_of_them(percentile: float, told: str) -> None:
    assert figures.place(percentile) == f"{told} percentile of peers"


def test_missing_inputs_are_named(page: str) -> None:
    text = Reader(page).text
    assert "Audience" in text
    assert "saves" in text


def test_another_creators_records_stay_out(page: str) -> None:
    assert "Neighbour" not in page


def test_the_same_report_gives_the_same_page(page: str) -> None:
    assert report_html(sample.report(), sample.tables()) == page


def test_insufficient_data_gives_no_number_and_says_what_would_help() -> None:
    nothing = dict.fromkeys(("probability", "lo", "hi", "risk_score", "band"))
    empty: dict[str, object] = dict.fromkeys(("reasons", "anomalies", "types", "benign"), ())
    report = sample.report(**nothing, **empty, state="insufficient_data", decision="need_data")
    tables = sample.tables().select(["other"])
    text = Reader(report_html(report.model_copy(update={"creator_id": "other"}), tables)).text
    assert "No answer" in text
    assert "twenty comments" in text
    assert "Any one of these would give an answer" in text
    assert "narrow the interval" not in text
    assert "turn out" not in text


HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    '"><svg onload=alert(1)>',
    "\u202egnp.exe\u2066 \x00\x1b[31m",
    "<!--",
    "]]>",
    "&lt;script&gt;",
    "z̷̛a̸l̶g̵o̷" * 50,
    "x" * 1_000_000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text: str) -> None:
    page = report_html(sample.report(), sample.tables(comment=text, name=text))
    assert inert(page)
    assert len(page) < 200_000
    assert "49" not in re.findall(r"<h1>.*?</h1>", page)[0]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\x1b]", page)


@settings(max_examples=25)
@given(st.text(max_size=300))
def test_any_text_stays_text(text: str) -> None:
    assert inert(report_html(sample.report(), sample.tables(comment=text, name=text)))


def test_hidden_ids_from_the_records_are_escaped_too() -> None:
    report = sample.report(creator_id="<b>&", input_hash="0" * 64)
    assert inert(report_html(report, sample.tables()))


@pytest.mark.parametrize("table", ["posts", "follower_history", "comments"])
def test_a_table_that_is_missing_is_said_to_be_missing(table: str) -> None:
    whole = sample.tables()
    frames = {name: frame for name, frame in whole.items() if name != table}
    assert "handed in" in Reader(report_html(sample.report(), type(whole).from_frames(frames, labels=False))).text


def test_odd_histories_are_drawn() -> None:
    whole = sample.tables()
    for history in (
        whole.follower_history.head(2),
        whole.follower_history.head(60).gather_every(20),
        whole.follower_history.with_columns(followers=pl.lit(7, pl.Int64)),
        whole.follower_history.with_columns(followers=pl.lit(None, pl.Int64)),
        whole.follower_history.head(1),
    ):
        frames = dict(whole.items()) | {"follower_history": history}
        page = report_html(sample.report(), type(whole).from_frames(frames, labels=False))
        assert inert(page)
        assert "nan" not in page


def test_too_few_counts_are_not_told_as_a_history_in_which_nothing_stands_out() -> None:
    growth = Growth(rates={}, label=None, unavailable={"label": FEW_COUNTS})
    text = Reader(report_html(sample.report(growth=growth, anomalies=()), sample.tables())).text
    assert f"What stands out is not known: {FEW_COUNTS}" in text
    assert "No stretch stands out" not in text


def test_a_single_count_is_not_told_as_none_handed_in() -> None:
    tables = sample.tables()
    tables = dataclasses.replace(tables, follower_history=tables.follower_history.head(1))
    text = Reader(report_html(sample.report(anomalies=()), tables)).text
    assert "A single follower count was handed in" in text
    assert "No daily follower counts were handed in" not in text


def test_posts_without_a_time_are_not_told_as_not_handed_in() -> None:
    tables = sample.tables()
    timeless = dataclasses.replace(
        tables, posts=tables.posts.with_columns(posted_at=pl.lit(None, dtype=pl.Datetime("us", "UTC")))
    )
    text = Reader(report_html(sample.report(), timeless)).text
    assert "No post with counts has a time to draw it by" in text
    assert "No posts with counts were handed in" not in text


def test_posts_that_no_chart_draws_are_counted() -> None:
    tables = sample.tables()
    day = pl.when(pl.col("post_id") != "p3").then("posted_at")
    text = Reader(report_html(sample.report(), dataclasses.replace(tables, posts=tables.posts.with_columns(day)))).text
    assert "Not drawn: 1 post that is older or without a time" in text


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (16.559, "share", "1,656 %"),
        (0.000000012, "share", "0.000001 %"),
        (1.0, "0 or 1", "yes"),
        (0.0, "0 or 1", "no"),
        (1.0, "days", "1 day"),
        (1.004, "days", "1 day"),
        (2.0, "days", "2 days"),
        (999.7, "hours", "1,000 hours"),
        (-0.02, "log ratio", "−1.98 %"),
        (0.405465, "log ratio", "50 %"),
        (0.0, "log units", "× 1"),
        (0.693147, "log units", "× 2"),
        (0.55, "log sd", "× 1.73"),
        (7.69, "log days", "2,185 days"),
        (0.693147, "log days", "1 day"),
        (0.693147, "log creators", "2 creators"),
        (0.0671, "probability", "6.71 %"),
        (3.0, "-log10 p", "a chance of 1 in 1,000"),
        (3_000.0, "-log10 p", "next to no chance"),
        (25.1, "ratio", "25.1 to 1"),
        (1.27, "sd", "1.27 standard deviations"),
        (-0.125, "correlation", "−0.125 on a scale to 1"),
        (0.0254, "index", "0.0254"),
        (2318.0, "followers/post", "2,318 followers a post"),
    ],
)
def test_values_read_as_numbers_with_their_nouns(value: float, unit: str, told: str) -> None:
    reason = sample.report().reasons[0].model_copy(update={"value": value, "unit": unit})
    assert wording.value(reason) == told


def test_a_loss_is_told_against_what_there_was_before() -> None:
    half = {"signal": "purge_loss", "unit": "log ratio", "value": math.log(2)}
    assert wording.value(sample.report().reasons[0].model_copy(update=half)) == "50 %"


@pytest.mark.parametrize(
    ("signal", "unit", "value", "told"),
    [
        ("audience_fake_clustering", "correlation", 0.2, "0.2 or more on a scale to 1"),
        ("audience_fake_clustering", "correlation", 0.19, "0.19 on a scale to 1"),
        ("audience_fakes_in_a_row", "share", 0.4, "40 % or more"),
        ("audience_fakes_in_a_row", "share", 0.25, "25 %"),
    ],
)
def test_a_value_beyond_which_no_more_counts_is_said_to_be_the_least(
    signal: str, unit: str, value: float, told: str
) -> None:
    found = {"signal": signal, "unit": unit, "value": value}
    assert wording.value(sample.report().reasons[0].model_copy(update=found)) == told


def test_every_signal_and_unit_has_everyday_words() -> None:
    assert set(TITLES) == {signal.name for signal in SIGNALS}
    assert len(set(TITLES.values())) == len(TITLES)
    for signal in SIGNALS:
        found = sample.report().reasons[0].model_copy(update={"signal": signal.name, "unit": signal.unit, "value": 0.3})
        assert not set(wording.value(found).split()) & {"log", "sd", "p", "ratio", "correlation", "index"}, signal.unit


def test_what_a_ranking_looks_at_has_everyday_words() -> None:
    assert set(FIT_TITLES) == set(PAIR_FEATURE_NAMES)
    assert len(set(FIT_TITLES.values())) == len(FIT_TITLES)


def test_comments_with_the_text_of_another_are_all_counted() -> None:
    tables = sample.tables()
    same = dataclasses.replace(tables, comments=tables.comments.with_columns(text=pl.lit("so nice, all of it")))
    found = excerpts.comments(excerpts.record(same, sample.CREATOR), sample.report())
    assert found.repeated == found.total - found.own > 1


def test_charts_round_no_probability_to_certainty() -> None:
    contamination = sample.report().contamination.model_copy(update={"share": 0.998, "lo": 0.993, "hi": 0.9991})
    sure = sample.report(probability=0.9993, lo=0.94, hi=0.9999, contamination=contamination)
    page = report_html(sure, sample.tables())
    assert "Probability >99 %, interval 94 % to >99 %." in page.replace("&gt;", ">")
    assert ">99 %, interval >99 % to >99 %." in page.replace("&gt;", ">")
    assert "100 %, interval" not in page


def test_no_heading_stands_over_nothing() -> None:
    nothing = dict.fromkeys(name for name in Engagement.model_fields if name not in ("rate_by_period", "unavailable"))
    page = report_html(sample.report(engagement=Engagement(**nothing, rate_by_period={})), sample.tables())
    assert "In figures" not in page


def test_text_colours_have_enough_contrast_in_light_and_dark() -> None:
    style = (Path(report_html.__code__.co_filename).parent / "templates" / "report.css").read_text()
    themes = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(themes) == 3
    for theme in themes:
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", theme))
        pairs = [(ink, paper) for ink in ("ink", "muted") for paper in ("card", "ground", "soft")]
        pairs += [("raise", "card"), ("lower", "card"), ("raise", "raise-soft"), ("lower", "lower-soft")]
        pairs += [("review", "review-soft"), ("raise", "soft"), ("lower", "soft"), ("ink", "raise-soft")]
        low = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
        assert min(low.values()) >= 4.5, low


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
