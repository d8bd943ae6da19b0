from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from models.matching.candidates import TRAITS
from models.matching.pairs import PAIR_FEATURE_NAMES
from models.rankings.above import COMPONENTS, Standing, components, why_above_next
from models.rankings.details import DETAILS
from models.rankings.profiles import audience_matches, first_niches, past_brands, specialisations
from models.rankings.quotes import MOST_MATCHED_TERMS, function_words, matched_terms, quoted_posts
from models.rankings.ranking import AudienceMatch, PastBrand, WhyAboveNext
from models.texts.terms import WORD, plain

TERMS = pl.Series(["apple", "bread", "cider", "dough", "ember", "flour", "grain", "honey"])
DAY = datetime(2024, 5, 1, tzinfo=UTC)
MANY = len(PAIR_FEATURE_NAMES)


def words(*rows: dict[int, float], terms: pl.Series = TERMS) -> sparse.csr_array:
    dense = np.zeros((len(rows), len(terms)), dtype=np.float32)
    for place, row in enumerate(rows):
        for term, weight in row.items():
            dense[place, term] = weight
    return sparse.csr_array(dense)


def test_terms_in_common_come_by_what_they_add_then_by_the_alphabet() -> None:
    asked = words({0: 0.5, 1: 0.5, 2: 0.5, 3: 0.5})
    found = matched_terms(asked, words({1: 0.2, 0: 0.2, 3: 0.9}, {7: 1.0}, {}), TERMS)
    assert found == [("dough", "apple", "bread"), (), ()]


def test_no_more_terms_than_a_reader_takes_in() -> None:
    everything = words(dict.fromkeys(range(len(TERMS)), 0.3))
    assert matched_terms(everything, everything, TERMS) == [tuple(TERMS.head(MOST_MATCHED_TERMS))]
    assert matched_terms(words({}), everything, TERMS) == [()]


MIXED = pl.Series(["bread", "for", "für", "in", "money", "the", "vegan", "город", "из"])


def test_function_words_are_not_told_as_matches_in_any_language() -> None:
    everything = words(dict.fromkeys(range(len(MIXED)), 0.3), terms=MIXED)
    assert matched_terms(everything, words({0: 0.1, 1: 0.9, 2: 0.9, 6: 0.2, 8: 0.9}, terms=MIXED), MIXED) == [
        ("vegan", "bread")
    ]
    assert matched_terms(everything, words({1: 0.9, 5: 0.9}, terms=MIXED), MIXED) == [()]


def test_posts_are_quoted_for_more_than_function_words() -> None:
    asked = words({0: 0.1, 1: 0.8, 5: 0.8}, terms=MIXED)
    column = pl.Series([posts(("a", DAY, [1, 3, 5]), ("b", DAY, [0]), ("c", DAY, [0, 5]))], dtype=DETAILS["posts"])
    [found] = quoted_posts(asked, column, MIXED)
    assert [(post.post_id, post.matched_terms) for post in found] == [("b", ("bread",)), ("c", ("bread",))]


def test_function_words_are_as_texts_are_compared_and_name_nothing_that_briefs_ask_for() -> None:
    found = function_words()
    listed = pl.Series(sorted(found))
    assert pl.DataFrame({"word": listed}).select(plain(pl.col("word"))).to_series().to_list() == listed.to_list()
    assert listed.str.contains(f"^(?:{WORD})$").all()
    assert {"the", "for", "und", "pour", "para", "için", "для", "من", "के"} <= found
    assert not found & {"ai", "art", "bar", "car", "care", "dans", "door", "face", "men", "mint", "sale"}


def posts(*made: tuple[str, datetime | None, list[int]]) -> list[dict[str, object]]:
    return [{"post_id": name, "posted_at": at, "terms": terms} for name, at, terms in made]


def test_posts_that_speak_most_of_the_brief_are_quoted() -> None:
    asked = words({0: 0.1, 1: 0.8, 2: 0.4})
    column = pl.Series(
        [
            posts(("a", DAY, [0]), ("b", DAY, [2, 1]), ("c", DAY, [1, 6]), ("d", None, [2]), ("e", DAY, [5])),
            posts(("older", DAY.replace(year=2020), [1]), ("undated", None, [1]), ("newer", DAY, [1])),
            posts(("nothing", DAY, [5, 6, 7]), ("empty", DAY, [])),
            [],
            None,
        ],
        dtype=DETAILS["posts"],
    )
    found = quoted_posts(asked, column, TERMS)
    assert [[post.post_id for post in one] for one in found] == [
        ["b", "c", "d"],
        ["newer", "older", "undated"],
        [],
        [],
        [],
    ]
    assert found[0][0].matched_terms == ("bread", "cider")
    assert found[0][0].posted_at == DAY
    assert quoted_posts(words({}), column, TERMS) == [()] * 5


def test_brands_that_the_brief_excludes_come_first_then_those_with_most_posts() -> None:
    made = [("zeta", 9, date(2024, 1, 1)), ("acme", 1, None), ("beta", 9, date(2024, 2, 1))]
    column = pl.Series(
        [[{"brand": name, "posts": count, "last": last} for name, count, last in made], [], None],
        dtype=TRAITS["brand_posts"],
    )
    found = past_brands({"exclude_brands": ["@ACME"]}, column)
    assert found[1:] == [(), ()]
    assert [one.brand for one in found[0]] == ["acme", "beta", "zeta"]
    assert found[0][0] == PastBrand(brand="acme", posts=1, last=None, excluded=True)
    assert not found[0][1].excluded


def test_audience_countries_are_told_where_wanted_and_known() -> None:
    column = pl.Series([[{"country": "DE", "share": 0.4}], None], dtype=TRAITS["audience_countries"])
    assert audience_matches({"audience_countries": ["de", "AT", "DE"]}, column) == [
        (AudienceMatch(country="DE", share=0.4), AudienceMatch(country="AT", share=0.0)),
        (),
    ]
    assert audience_matches({}, column) == [(), ()]


def test_niches_are_named_by_weight_and_specialisation_says_how_spread_they_are() -> None:
    names = ("a", "b", "c", "d")
    weights = np.array([[0.1, 0.5, 0.15, 0.25], [0, 1, 0, 0], [0.25] * 4, [0] * 4], dtype=np.float32)
    found = first_niches(weights, names)
    assert list(found[0]) == ["b", "d", "c"]
    assert found[1:] == [{"b": 1.0}, {"a": 0.25, "b": 0.25, "c": 0.25}, {}]
    assert specialisations(weights)[1:] == [1.0, pytest.approx(0.0), None]
    assert specialisations(np.zeros((2, 0), dtype=np.float32)) == [None, None]
    assert first_niches(np.zeros((2, 0), dtype=np.float32), ()) == [{}, {}]


def standing(points: list[list[float]], merit: list[float], score: list[float], fails: list[bool]) -> Standing:
    wide = np.zeros((len(points), MANY))
    wide[:, :2] = points
    return Standing(wide, np.ones(len(points)), np.array(merit), np.array(score), np.array(fails, dtype=np.bool_))


def test_what_a_creator_beats_the_next_in_comes_by_points() -> None:
    found = why_above_next(standing([[30, 5], [10, 10], [10, 10]], [60, 50, 50], [55, 50, 50], [False, False, False]))
    first = PAIR_FEATURE_NAMES[0]
    assert found == [(WhyAboveNext(component=first, delta_points=20.0),), ()]
    risky = why_above_next(standing([[10, 5], [12, 5]], [60, 62], [60, 31], [False, False]))
    assert risky == [(WhyAboveNext(component="risk", delta_points=31.0),)]


def test_failed_filters_of_the_next_come_before_all_else() -> None:
    [told] = why_above_next(standing([[10, 0], [30, 0]], [40, 60], [40, 60], [False, True]))
    assert told == (WhyAboveNext(component="filters", delta_points=None),)
    [both] = why_above_next(standing([[10, 0], [0, 0]], [40, 30], [40, 30], [True, True]))
    assert [one.component for one in both] == [PAIR_FEATURE_NAMES[0]]


@given(st.data())
def test_the_components_sum_to_the_score(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 4))
    numbers = st.floats(-100, 100)
    made = Standing(
        data.draw(arrays(np.float64, (n, MANY), elements=numbers)),
        data.draw(arrays(np.float64, n, elements=st.floats(0, 1))),
        data.draw(arrays(np.float64, n, elements=numbers)),
        data.draw(arrays(np.float64, n, elements=numbers)),
        np.zeros(n, dtype=np.bool_),
    )
    parts = components(made)
    assert parts.shape == (n, len(COMPONENTS))
    np.testing.assert_allclose(parts.sum(axis=1), made.score, rtol=0, atol=1e-9)
    assert len(why_above_next(made)) == n - 1
