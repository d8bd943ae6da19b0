from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import NotFoundError, RecordsError, UsageError
from models.matching.taxonomy import DEFAULT, RESERVED, Taxonomy

OWN = """
[[niche]]
name = "Gaming"
aliases = ["esports", "Spiele"]
sentence = "Games."

[[niche]]
name = "Straße"
"""


@pytest.fixture
def own(tmp_path: Path) -> Taxonomy:
    file = tmp_path / "own.toml"
    file.write_text(OWN, encoding="utf-8")
    return Taxonomy.read(file)


def labels(*names: str) -> pl.DataFrame:
    return pl.DataFrame({"creator_id": [f"c{row}" for row in range(len(names))], "niche": names})


def test_the_default_has_nine_niches_each_with_a_sentence() -> None:
    default = Taxonomy.default()
    assert default.names == ("beauty", "family", "fashion", "fitness", "food", "interior", "other", "pet", "travel")
    assert all(niche.sentence.endswith(".") and niche.aliases for niche in default.niches)
    assert len(tomllib.loads(DEFAULT.read_text("utf-8"))["niche"]) == 9


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("gaming", "Gaming"),
        (" GAMING ", "Gaming"),
        ("eSports", "Gaming"),
        ("spiele", "Gaming"),
        ("Ｇａｍｉｎｇ", "Gaming"),
        ("STRASSE", "Straße"),
        ("game", None),
        ("", None),
    ],
)
def test_names_and_aliases_match_whatever_case_and_form_they_have(own: Taxonomy, label: str, name: str | None) -> None:
    assert own.name_of(label) == name


@given(st.sampled_from(Taxonomy.default().names), st.sampled_from([str.upper, str.title, lambda text: f"  {text} "]))
def test_the_default_names_match_in_any_case(name: str, written: object) -> None:
    assert callable(written)
    assert Taxonomy.default().name_of(written(name)) == name


def test_labels_become_names_each_once_a_creator(own: Taxonomy) -> None:
    found = own.resolved(pl.DataFrame({"creator_id": ["b", "a", "a"], "niche": ["strasse", "esports", "gaming"]}))
    assert found.rows() == [("a", "Gaming"), ("b", "Straße")]


def test_a_label_of_no_niche_is_refused_with_its_creator_and_nothing_else(own: Taxonomy) -> None:
    with pytest.raises(RecordsError) as refused:
        own.resolved(labels("gaming", "knitting"))
    assert [(one.table, one.column, one.ids) for one in refused.value.problems] == [
        ("niches", "niche", ("c1", "knitting"))
    ]
    assert "Gaming, Straße" in str(refused.value)


def test_labels_that_the_default_covers_are_of_the_default_and_others_are_their_own_taxonomy() -> None:
    assert Taxonomy.of_labels(["Pets", "travel"]) == Taxonomy.default()
    assert Taxonomy.of_labels([]) == Taxonomy.default()
    found = Taxonomy.of_labels(["Pranking", "Pranking", "pranking", "Pranking ", "travel", "Acting"])
    assert found.names == ("Acting", "Pranking", "travel")


@pytest.mark.parametrize("name", RESERVED)
def test_no_niche_is_named_like_a_column_of_the_output(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordsError, match="column"):
        Taxonomy.of_labels([name.upper(), "knitting"])
    (tmp_path / "own.toml").write_text(f'[[niche]]\nname = "{name}"\n')
    with pytest.raises(UsageError, match="column"):
        Taxonomy.read(tmp_path / "own.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("niche = 3", "no taxonomy"),
        ("", "no taxonomy"),
        ("[[niche]]\nalias = 'x'", "no taxonomy"),
        ("[[niche]]\nname = ' '", "no taxonomy"),
        ("[[niche", "no TOML"),
        ("[[niche]]\nname = 'a'\n[[niche]]\nname = 'b'\naliases = ['A']", "'a' names two niches"),
    ],
)
def test_a_file_that_is_no_taxonomy_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        Taxonomy.read(tmp_path / "own.toml")


def test_a_taxonomy_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        Taxonomy.read(tmp_path / "own.toml")
