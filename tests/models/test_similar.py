from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest

from features.errors import NotFoundError, UsageError
from features.records import Tables
from models.fit import FitBundle
from models.matching.cosine_weights import COSINE_WEIGHTS, CosineWeights
from models.matching.pairs import Wish
from models.rankings.filters import NO_LIMITS, Limits, failed_filters
from models.rankings.pool import RISK, Pool, pool
from models.rankings.ranking import Similars
from models.similar import SAYS_NOTHING, SHARES, likeness, similar
from training.fit import FittedFit
from training.simulate import Simulation

MANY = 150


@dataclass(frozen=True, eq=False)
class Corpus:
    """Creators in memory, all of them near to everything."""

    everyone: Pool
    wishes: list[Wish]

    def candidates(self, creator_ids: Sequence[str]) -> object:
        ids = self.everyone.candidates.creator_ids
        if absent := [name for name in creator_ids if name not in ids]:
            raise NotFoundError(f"not in the index: {absent}")
        return self.everyone.candidates.take(np.array([ids.index(name) for name in creator_ids], dtype=np.int64))

    def pool(
        self,
        bundle: FitBundle,
        wish: Wish,
        *,
        limits: Limits,
        depth: int = 10_000,
        weights: CosineWeights = COSINE_WEIGHTS,
    ) -> Pool:
        self.wishes.append(wish)
        traits = self.everyone.candidates.traits.with_columns(self.everyone.risk["risk_score"])
        failed = failed_filters(wish.brief, traits, limits)
        rows = np.flatnonzero((failed.list.len() == 0).to_numpy())[:depth]
        counts = {name: int(count) for name, count in failed.explode().drop_nulls().value_counts().iter_rows()}
        return replace(
            self.everyone,
            candidates=self.everyone.candidates.take(rows),
            risk=self.everyone.risk[rows],
            excluded=counts,
        )


@pytest.fixture(scope="module")
def bundle(fitted_fit: FittedFit) -> FitBundle:
    return fitted_fit.bundle


@pytest.fixture(scope="module")
def corpus(bundle: FitBundle, simulation: Simulation) -> Corpus:
    tables = simulation.tables.select(simulation.tables.creators["creator_id"].head(MANY).to_list())
    return Corpus(pool(bundle, tables, bundle.signals(tables), pl.DataFrame(schema=RISK)), [])


@pytest.fixture(scope="module")
def ids(corpus: Corpus) -> list[str]:
    return corpus.everyone.candidates.creator_ids


def test_the_creator_itself_is_never_among_them(bundle: FitBundle, corpus: Corpus, ids: list[str]) -> None:
    for creator in ids[:20]:
        found = similar(bundle, corpus, creator_id=creator, top=MANY).results
        assert {one.creator_id for one in found} == set(ids) - {creator}
        assert [one.rank for one in found] == list(range(1, MANY))
        scores = [one.score for one in found]
        assert scores == sorted(scores, reverse=True)
        assert 0 <= min(scores) < max(scores) <= 1


def test_two_creators_are_as_alike_from_either_side(corpus: Corpus) -> None:
    everyone = corpus.everyone.candidates
    scores = np.array([likeness(everyone.take(np.array([row])), everyone) for row in range(MANY)])
    np.testing.assert_allclose(scores, scores.T, rtol=0, atol=1e-6)
    said = everyone.dense["word_topics"].any(axis=1)
    np.testing.assert_allclose(np.diag(scores)[said], 1.0, rtol=0, atol=1e-5)


def test_likeness_depends_on_the_two_alone(corpus: Corpus) -> None:
    everyone, one = corpus.everyone.candidates, corpus.everyone.candidates.take(np.array([3]))
    some = np.array([90, 7, 41])
    assert np.array_equal(likeness(one, everyone)[some], likeness(one, everyone.take(some)))


def test_who_says_next_to_nothing_is_not_most_like_everybody(corpus: Corpus) -> None:
    one = corpus.everyone.candidates.take(np.array([3]))
    hollow = {name: part if name == "niches" else np.zeros_like(part) for name, part in one.dense.items()}
    wordless = replace(one, dense=hollow, sparse={name: part * 0.0 for name, part in one.sparse.items()})
    for part in wordless.sparse.values():
        part.eliminate_zeros()
    [alike] = likeness(one, wordless)
    assert alike == pytest.approx(SHARES["niches"])
    assert likeness(wordless, one) == pytest.approx([alike])
    assert likeness(wordless, wordless) == pytest.approx([1.0])


def test_nobody_is_told_to_be_like_a_creator_who_says_nothing(bundle: FitBundle, simulation: Simulation) -> None:
    creators = pl.DataFrame({"creator_id": ["silent", "other"], "platform": ["x", "x"], "bio": [None, "yoga"]})
    tables = Tables.from_frames({"creators": creators})
    pair = Corpus(pool(bundle, tables, bundle.signals(tables), pl.DataFrame(schema=RISK)), [])
    found = similar(bundle, pair, creator_id="silent")
    assert (found.results, found.notes) == ((), (SAYS_NOTHING,))
    assert similar(bundle, pair, creator_id="other").notes == ()


def test_creators_of_the_same_niche_are_more_alike(bundle: FitBundle, corpus: Corpus) -> None:
    everyone = corpus.everyone.candidates
    niche = everyone.dense["niches"].argmax(axis=1)
    scores = np.array([likeness(everyone.take(np.array([row])), everyone) for row in range(MANY)])
    same = (niche[:, None] == niche[None, :]) & ~np.eye(MANY, dtype=np.bool_)
    assert scores[same].mean() > 1.5 * scores[niche[:, None] != niche[None, :]].mean()


def test_it_retrieves_by_what_the_creator_says(bundle: FitBundle, corpus: Corpus, ids: list[str]) -> None:
    similar(bundle, corpus, creator_id=ids[5])
    wish, own = corpus.wishes[-1], corpus.candidates([ids[5]])
    assert np.array_equal(wish.text.word_topics, own.dense["word_topics"])  # type: ignore[attr-defined]
    assert (wish.text.words != own.sparse["words"]).nnz == 0  # type: ignore[attr-defined]
    assert np.array_equal(wish.niches, own.dense["niches"][0])  # type: ignore[attr-defined]


def test_shared_traits_and_terms_are_named(bundle: FitBundle, corpus: Corpus, ids: list[str]) -> None:
    traits = {row["creator_id"]: row for row in corpus.everyone.candidates.traits.iter_rows(named=True)}
    mine = traits[ids[2]]
    found = similar(bundle, corpus, creator_id=ids[2], top=MANY).results
    for one in found:
        theirs = traits[one.creator_id]
        for name in ("platform", "tier", "country", "language"):
            assert (name in one.shared_traits) == (mine[name] is not None and mine[name] == theirs[name])
    assert any("niche" in one.shared_traits for one in found)
    assert found[0].matched_terms


def test_the_same_platform_and_tier_can_be_asked_for(bundle: FitBundle, corpus: Corpus, ids: list[str]) -> None:
    mine = corpus.everyone.candidates.traits.row(0, named=True)
    found = similar(bundle, corpus, creator_id=ids[0], same=("platform", "tier"), top=MANY)
    assert found.results
    assert {(one.traits.platform, one.traits.tier) for one in found.results} <= {
        (mine["platform"], tier) for tier in (mine["tier"], None)
    }
    assert set(found.excluded) <= {"platforms", "tiers"}
    assert found.considered == MANY


def test_filters_and_limits_hold(bundle: FitBundle, corpus: Corpus, ids: list[str]) -> None:
    found = similar(
        bundle, corpus, creator_id=ids[0], brief={"platforms": ["tiktok"], "text": "not looked at"}, top=MANY
    )
    assert {one.traits.platform for one in found.results} == {"tiktok"}
    none = similar(bundle, corpus, creator_id=ids[0], brief={"platforms": ["nowhere"]})
    assert none.results == ()
    assert none.excluded == {"platforms": MANY}
    assert none.notes
    far = similar(bundle, corpus, creator_id=ids[0], limits=Limits(min_followers=10**9), top=MANY)
    assert all(one.traits.followers is None for one in far.results)


def test_a_niche_gives_its_creators_by_weight(bundle: FitBundle, corpus: Corpus) -> None:
    name = bundle.encoder.niches.names[0]
    found = similar(bundle, corpus, niche=name.upper(), top=MANY)
    weights = corpus.everyone.candidates.dense["niches"][:, 0].astype(np.float64)
    assert [one.score for one in found.results] == sorted(weights.tolist(), reverse=True)
    assert next(iter(found.results[0].niches)) == name
    assert found.results[0].shared_traits == ()
    assert corpus.wishes[-1].text.words.nnz == 0
    assert corpus.wishes[-1].niches[0] == 1


def test_an_answer_survives_a_round_trip(bundle: FitBundle, corpus: Corpus, ids: list[str]) -> None:
    found = similar(bundle, corpus, creator_id=ids[1], top=5)
    assert len(found.results) == 5
    assert Similars.model_validate_json(found.model_dump_json()) == found


def test_a_creator_who_says_nothing_is_like_nobody(corpus: Corpus) -> None:
    everyone = corpus.everyone.candidates
    silent = everyone.take(np.array([0]))
    silent = replace(
        silent,
        dense={name: np.zeros_like(part) for name, part in silent.dense.items()},
        sparse={name: part * 0 for name, part in silent.sparse.items()},
    )
    for part in silent.sparse.values():
        part.eliminate_zeros()
    assert not likeness(silent, everyone).any()


def test_one_creator_or_one_niche_must_be_named(bundle: FitBundle, corpus: Corpus, ids: list[str]) -> None:
    with pytest.raises(UsageError):
        similar(bundle, corpus)
    with pytest.raises(UsageError):
        similar(bundle, corpus, creator_id=ids[0], niche="fitness")
    with pytest.raises(UsageError):
        similar(bundle, corpus, niche="fitness", same=("tier",))
    with pytest.raises(NotFoundError, match=r"sabrage.*fitness"):
        similar(bundle, corpus, niche="sabrage", limits=NO_LIMITS)
    with pytest.raises(NotFoundError, match="nobody"):
        similar(bundle, corpus, creator_id="nobody")
