from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.errors import RecordsError
from features.records import Tables, read
from models.matching.taxonomy import Niche, Taxonomy
from models.niches import calibrated
from models.texts.documents import creator_documents
from models.texts.marks import text_marks
from models.texts.space import TextSpace
from training.evaluation_tables import as_json
from training.fit_model.niche_evaluation import BASELINE, MODEL, judge, niche_tables
from training.fit_model.niche_figures import figures
from training.fit_model.niche_fitting import FEWEST_LABELS, FittedNiches, fit_niches, learn
from training.simulate import Simulation

TALK = {
    "dogs": ["dog leash walk 🐶 #dogs", "собака прогулка поводок 🐶", "散歩する犬 リード 🐶"],
    "bread": ["bread oven flour 🍞 #bread", "хлеб мука печь 🍞", "パンを焼く 小麦粉 🍞"],
    "boats": ["boat sail harbour ⛵ #boats", "лодка парус гавань ⛵", "船と港 帆 ⛵"],
}


def learnt(texts: list[str], labels: list[list[str]], ids: list[str] | None = None) -> tuple[TextSpace, FittedNiches]:
    space = TextSpace.fit(pl.Series(texts))
    taxonomy = Taxonomy(tuple(Niche(name=name) for name in sorted(TALK)))
    names = ids or [f"c{k:02}" for k in range(len(texts))]
    return space, learn(names, space.transform(texts), text_marks(texts), labels, taxonomy)


@pytest.fixture(scope="module")
def corpus() -> tuple[list[str], list[list[str]]]:
    rows = [(text, [name]) for name, talk in TALK.items() for text in talk * 4]
    return [text for text, _ in rows], [label for _, label in rows]


def test_niches_are_learnt_in_every_script(corpus: tuple[list[str], list[list[str]]]) -> None:
    space, fitted = learnt(*corpus)
    said = ["leash for the dog", "поводок", "小麦粉", "парус", "🐶"]
    weights = fitted.niches.weights(space.transform(said), text_marks(said))
    assert [fitted.niches.names[k] for k in weights.argmax(axis=1)] == ["dogs", "dogs", "bread", "boats", "dogs"]


def test_the_order_of_creators_changes_nothing(corpus: tuple[list[str], list[list[str]]]) -> None:
    texts, labels = corpus
    space, fitted = learnt(texts, labels)
    order = np.random.default_rng(0).permutation(len(texts)).tolist()
    taxonomy = Taxonomy(tuple(Niche(name=name) for name in sorted(TALK)))
    shuffled = [texts[k] for k in order]
    again = learn(
        [f"c{k:02}" for k in order],
        space.transform(shuffled),
        text_marks(shuffled),
        [labels[k] for k in order],
        taxonomy,
    )
    vectors, marks = space.transform(texts), text_marks(texts)
    assert np.array_equal(fitted.niches.weights(vectors, marks), again.niches.weights(vectors, marks))
    assert fitted.niches.calibration == again.niches.calibration


def test_creators_of_several_niches_weigh_on_each(corpus: tuple[list[str], list[list[str]]]) -> None:
    texts, labels = corpus
    both = [f"{dogs} {bread}" for dogs, bread in zip(TALK["dogs"], TALK["bread"], strict=True)] * 3
    space, fitted = learnt(texts + both, labels + [["dogs", "bread"]] * len(both))
    weights = fitted.niches.weights(space.transform(both), text_marks(both))
    place = {name: k for k, name in enumerate(fitted.niches.names)}
    assert (weights[:, place["boats"]] < weights[:, [place["dogs"], place["bread"]]].min(axis=1)).all()


def test_fewer_than_two_niches_are_not_learnt() -> None:
    few = TALK["dogs"] * 3
    assert learnt(few, [["dogs"]] * len(few))[1].niches.names == ()
    labels = [["dogs"]] * 6 + [["bread"]] * (FEWEST_LABELS - 1)
    assert learnt([*(few[:6]), *(TALK["bread"] * 2)[: FEWEST_LABELS - 1]], labels)[1].niches.names == ()
    two = TALK["dogs"] * 2 + TALK["bread"] * 2
    assert learnt(two, [["dogs"]] * 6 + [["bread"]] * 6)[1].niches.names == ("bread", "dogs")


def test_calibration_keeps_the_order_of_niches_and_is_even_where_scores_are() -> None:
    scores = np.random.default_rng(0).normal(size=(50, 4)) * 3
    weights = calibrated(scores, 1.7, 0.8)
    assert np.array_equal(np.argsort(scores, axis=1), np.argsort(weights, axis=1))
    assert weights.sum(axis=1) == pytest.approx(1.0)
    assert calibrated(np.full((1, 4), 3.0), 1.7, 0.8)[0] == pytest.approx([0.25] * 4)


def test_labels_are_matched_by_alias_and_others_refused(simulation: Simulation) -> None:
    tables = replace(
        simulation.tables, niches=simulation.tables.niches.with_columns(pl.col("niche").replace("pet", "DOGS"))
    )
    text = TextSpace.fit(creator_documents(tables)["text"])
    assert "pet" in fit_niches(tables, text).niches.names
    with pytest.raises(RecordsError, match="'niche'") as refused:
        fit_niches(tables, text, Taxonomy((Niche(name="pet", aliases=("dogs",)), Niche(name="food"))))
    assert {one.ids[1] for one in refused.value.problems} == set(tables.niches["niche"]) - {"DOGS", "food"}


def test_figures_are_those_worked_out_by_hand() -> None:
    label = np.array([[1.0, 0, 0], [0, 1, 0], [0, 1, 1]])
    weights = np.array([[0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.1, 0.6, 0.3]])
    macro, accuracy, micro, ece = figures(label, weights)
    assert macro == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert accuracy == pytest.approx(2 / 3)
    assert micro == pytest.approx(3 / 4)
    assert 0 <= ece <= 1


def test_an_evaluation_gives_figures_beside_words_alone(simulation: Simulation) -> None:
    tables = niche_tables(simulation.tables)
    assert [table.title for table in tables] == [
        "Niches",
        "Niches by niche",
        "Niches by script",
        "Niches by amount of text",
    ]
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)
    overall = dict(zip(tables[0].columns, tables[0].rows[0], strict=True))
    assert overall["accuracy"] > 0.6  # type: ignore[operator]
    assert as_json(tables)


def test_an_evaluation_needs_labels(simulation: Simulation) -> None:
    tables = simulation.tables
    assert niche_tables(replace(tables, niches=tables.niches.clear())) == []
    with pytest.raises(RecordsError, match="fewer than two niches"):
        niche_tables(replace(tables, niches=tables.niches.head(3)))


def test_niches_of_real_creators_are_told_better_than_by_words_alone(real_data: Path) -> None:
    tables = read(real_data / "creators" / "instagram", labels=True)
    some = tables.niches.gather_every(10)
    fewer: Tables = replace(tables.select(some["creator_id"].to_list()), niches=some)
    judged = judge(fewer)
    model, baseline = (figures(judged.label, judged.weights[name]) for name in (MODEL, BASELINE))
    assert model[0] > baseline[0]
    assert model[1] > baseline[1]
    assert model[3] < 0.1
