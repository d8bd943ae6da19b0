"""Clauses of a brief that say what is not wanted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.texts.unwanted import wanted

UNWANTED = [
    ("Protein powder for people who lift weights in the gym. Not yoga.", "Not yoga"),
    ("Outdoor clothing for children of all ages, we do not want studio pictures", "we do not want studio pictures"),
    ("Wir suchen Familien mit Kindern, die gern draußen sind. Bitte keine Mode!", "Bitte keine Mode"),
    ("Nous cherchons des familles qui cuisinent à la maison, pas de mode", "pas de mode"),
    ("Buscamos viajeros que suben montañas y duermen en refugios, no playas", "no playas"),
    ("Procuramos mães que cozinham para a família em casa, não queremos política", "não queremos política"),
    ("Cerchiamo famiglie che cucinano a casa con i bambini, niente moda", "niente moda"),
    ("Wij zoeken gezinnen die graag buiten in het bos wandelen, geen mode", "geen mode"),
    ("Ищем блогеров о путешествиях и горах, без политики", "без политики"),
    ("Doğa ve kamp içerikleri paylaşan kişiler arıyoruz, moda olmasın", "moda olmasın"),
    ("Szukamy rodzin, które gotują razem w domu, bez polityki", "bez polityki"),
]


@pytest.mark.parametrize(("text", "clause"), UNWANTED)
def test_a_clause_that_begins_with_no_is_not_wanted_in_its_language(text: str, clause: str) -> None:
    kept, found = wanted(text)
    assert found == (clause,)
    assert clause not in kept
    assert kept.startswith(text.split(",")[0].split(".")[0])


@pytest.mark.parametrize(
    "text",
    [
        "No bake cheesecake, easy summer desserts",
        "Skincare without perfume for sensitive skin, gentle and made for every day",
        "A tattoo studio for everybody, not only black and grey but colour too",
        "Moda praia para o verão brasileiro, no mar e na areia com a família",
        "Minimalist home and zero waste living, a plant in every room",
        "",
        "...",
    ],
)
def test_what_is_wanted_stays(text: str) -> None:
    assert wanted(text) == (text, ())


def test_what_is_wanted_again_within_a_clause_stays() -> None:
    kept, found = wanted("Families who are outside in every weather, no filters but honest pictures of wet children")
    assert found == ("no filters",)
    assert kept.endswith("but honest pictures of wet children")


@given(st.text(st.sampled_from(list("no. ,but\nwé!ないъ")), max_size=60))
def test_every_text_is_read_and_only_loses_letters(text: str) -> None:
    kept, found = wanted(text)
    letters = iter(text)
    assert all(letter in letters for letter in kept)
    assert bool(found) == (kept != text)
