from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.errors import ContractError, NotFoundError
from features.records import Tables
from features.rows.comments import INAUTHENTIC
from features.text import promotion
from models.comment_features.signals import NAMES
from models.comments import KIND, CommentBundle, creator_number
from models.contract import write_contract
from training.comments import fit_comments
from training.simulate import Simulation

texts = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
LARGEST = 3_000_000

PROMOTION = (
    "visit www.best-promo.shop",
    "free gift cards, just go to www.free-cards.shop",
    "DM me for promotion",
)
CONVERSATION = (
    "Where did you get that dress? My sister has been looking for one like it",
    "¿Dónde compraste ese vestido? Mi hermana busca uno igual desde hace meses",
    "Где вы купили это платье? Моя сестра давно ищет такое же",
    "このレシピを昨日作ってみました。子どもたちも喜んで食べていました",
    "زرت هذا المكان مع أهلي العام الماضي وكان الطقس باردا جدا",
    "मैं पिछले साल अपने परिवार के साथ यहाँ गया था, बहुत ठंड थी",
    "Ich war letztes Jahr mit meiner Familie dort, es war ziemlich kalt",
)


@pytest.fixture(scope="module")
def bundle(simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> CommentBundle:
    """A model of simulated comments; its folder must not be changed."""
    return fit_comments(simulation.tables.comments, tmp_path_factory.mktemp("comments") / "bundle")


def _probability(bundle: CommentBundle, comments: list[str | None]) -> list[float]:
    return bundle.probability(pl.DataFrame({"text": comments}, schema={"text": pl.String})).tolist()


def _small(simulation: Simulation) -> Tables:
    return simulation.tables.select(simulation.tables.creators["creator_id"].head(40).to_list())


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(comments=st.lists(texts, max_size=8))
def test_a_comment_has_the_same_probability_alone_and_among_others(
    bundle: CommentBundle, comments: list[str | None]
) -> None:
    together = _probability(bundle, comments)
    alone = [_probability(bundle, [text])[0] for text in comments]
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(_probability(bundle, [*comments[::-1], *comments]), [*together[::-1], *together])
    for text, value in zip(comments, together, strict=True):
        assert np.isnan(value) if text is None else 0 <= value <= 1


def test_probabilities_are_whole_millionths(bundle: CommentBundle, simulation: Simulation) -> None:
    found = bundle.probability(simulation.tables.comments.head(2_000))
    np.testing.assert_array_equal(found, np.round(found * 1e6) / 1e6)


def test_parts_of_many_comments_give_what_all_together_give(bundle: CommentBundle, simulation: Simulation) -> None:
    comments = simulation.tables.comments.head(5_000)
    parts = [bundle.probability(part) for part in comments.iter_slices(777)]
    np.testing.assert_array_equal(bundle.probability(comments), np.concatenate(parts))


@pytest.mark.parametrize("text", PROMOTION)
def test_obvious_promotion_is_found(bundle: CommentBundle, text: str) -> None:
    assert _probability(bundle, [text])[0] > 0.5


@pytest.mark.parametrize("text", CONVERSATION)
def test_ordinary_conversation_passes_in_any_language(bundle: CommentBundle, text: str) -> None:
    assert _probability(bundle, [text])[0] < 0.25


def test_a_language_that_was_never_seen_is_judged_as_calmly_as_the_others(bundle: CommentBundle) -> None:
    unseen = ["ეს ადგილი ძალიან ლამაზია, შარშან ვიყავით", "ቤተሰቤ ባለፈው ዓመት እዚህ መጥተው ነበር", "ຂ້ອຍໄປກັບຄອບຄົວປີກາຍນີ້"]
    assert max(_probability(bundle, unseen)) < 0.25


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_000_000,
        "https://" + "a." * LARGEST,
        "@" * LARGEST,
        "<a" * LARGEST,
        "&" * LARGEST,
        "\u202e\u2066\u200f" * 500,
        "e" + "\u0301" * 5_000,
        "\ufdfa" * 3_000,
        "\0\0\0",
        "{{7*7}} ${x} <script>alert(1)</script>",
    ],
    ids=range(10),
)
def test_hostile_text_is_only_text(bundle: CommentBundle, text: str) -> None:
    calm = _probability(bundle, ["hello", text, "there"])
    assert 0 <= calm[1] <= 1
    assert [calm[0], calm[2]] == _probability(bundle, ["hello", "there"])


def test_the_column_is_added_and_null_text_stays_unknown(bundle: CommentBundle, simulation: Simulation) -> None:
    tables = _small(simulation)
    silent = pl.when(pl.int_range(pl.len()) % 3 > 0).then("text")
    tables = replace(tables, comments=tables.comments.with_columns(silent))
    found = bundle.with_probability(tables).comments
    assert found.columns == [*tables.comments.columns, INAUTHENTIC]
    assert found.schema[INAUTHENTIC] == pl.Float64
    assert (found[INAUTHENTIC].is_null() == found["text"].is_null()).all()
    assert found[INAUTHENTIC].is_nan().sum() == 0


def test_no_comments_are_no_problem(bundle: CommentBundle, simulation: Simulation) -> None:
    tables = simulation.tables.select([])
    assert bundle.with_probability(tables).comments.height == 0
    assert bundle.with_probability(tables, out_of_fold=True).comments.schema[INAUTHENTIC] == pl.Float64


def test_creators_of_the_training_are_scored_by_lines_that_did_not_see_them(
    bundle: CommentBundle, simulation: Simulation
) -> None:
    tables = _small(simulation)
    inside, outside = (
        bundle.with_probability(tables, out_of_fold=flag).comments.select("creator_id", INAUTHENTIC)
        for flag in (False, True)
    )
    known = np.isin([creator_number(name) for name in inside["creator_id"]], bundle.creators)
    differs = (inside[INAUTHENTIC] != outside[INAUTHENTIC]).to_numpy()
    assert known.any()
    assert differs[known].mean() > 0.5
    assert not differs[~known].any()


def test_strangers_are_scored_by_the_model_itself(bundle: CommentBundle, simulation: Simulation) -> None:
    tables = _small(simulation)
    renamed = tables.comments.with_columns(creator_id=pl.format("stranger {}", "creator_id"))
    strangers = bundle.with_probability(replace(tables, comments=renamed), out_of_fold=True).comments
    assert strangers[INAUTHENTIC].equals(bundle.with_probability(tables).comments[INAUTHENTIC])


def test_a_saved_bundle_is_the_same(bundle: CommentBundle, tmp_path: Path) -> None:
    bundle.save(tmp_path / "copy")
    copy = CommentBundle.load(tmp_path / "copy")
    comments = [*PROMOTION, *CONVERSATION]
    assert copy.contract == bundle.contract
    assert _probability(copy, comments) == _probability(bundle, comments)


def test_a_bundle_is_small(bundle: CommentBundle) -> None:
    assert sum(path.stat().st_size for path in bundle.folder.iterdir()) < 3_000_000


@pytest.mark.parametrize("name", ["weights.npy", "places.npy", "contract.json"])
def test_a_changed_file_is_refused(bundle: CommentBundle, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(bundle.folder, tmp_path / "changed"))
    if name == "contract.json":
        contract = json.loads((folder / name).read_text("utf-8"))
        contract["lines"][0]["intercept"] += 1
        (folder / name).write_text(json.dumps(contract), "utf-8")
    else:
        content = bytearray((folder / name).read_bytes())
        content[-1] ^= 1
        (folder / name).write_bytes(content)
    with pytest.raises(ContractError):
        CommentBundle.load(folder)


def test_a_model_of_other_signals_is_refused(bundle: CommentBundle, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundle.folder, tmp_path / "older"))
    (folder / "contract.json").unlink()
    write_contract(folder, KIND, bundle.contract.facts | {"signals": list(NAMES[:-1])})
    with pytest.raises(ContractError, match="reads comments in another way; train it again"):
        CommentBundle.load(folder)


def test_a_model_that_counted_other_phrases_is_refused(
    bundle: CommentBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bundle.contract.phrases == promotion.version()
    folder = Path(shutil.copytree(bundle.folder, tmp_path / "older"))
    monkeypatch.setattr(promotion, "version", lambda: "another")
    with pytest.raises(ContractError, match="counts other phrases of promotion; train it again"):
        CommentBundle.load(folder)


def test_a_model_that_does_not_say_which_phrases_it_counted_is_taken(bundle: CommentBundle, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bundle.folder, tmp_path / "older"))
    (folder / "contract.json").unlink()
    facts = {name: value for name, value in bundle.contract.facts.items() if name != "phrases"}
    write_contract(folder, KIND, facts)
    assert CommentBundle.load(folder).contract.phrases is None


@pytest.mark.parametrize(
    "text", ["Vendo seguidores reais, chama no direct", "Накрутка подписчиков, ссылка в шапке", "加微信 免费领取"]
)
def test_promotion_counts_in_languages_that_were_never_trained_on(bundle: CommentBundle, text: str) -> None:
    plain = "".join("ж" if character.isalpha() else character for character in text)
    assert _probability(bundle, [text])[0] > _probability(bundle, [plain])[0]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        CommentBundle.load(tmp_path / "nothing")
