"""The list of a batch: a row says of a creator what its report says."""

from __future__ import annotations

import re

from serving.pages.roster import Row, counts
from serving.pages.site import Site, render

CUT_OFFS = (0.3, 0.7)


def risks(*rows: Row) -> list[str]:
    """The risks as the list shows them."""
    values = {"rows": rows, "counts": counts([*rows]), "cut_offs": CUT_OFFS, "heading": "", "note": "", "sheet": ""}
    page = render("list.html.j2", Site(), packed="", leftovers=None, **values)
    return re.findall(r'<td class="number" data-value="[\d.]+">([^<–]+)</td>', page)


def test_a_risk_stands_on_the_side_of_a_cut_off_that_its_band_says() -> None:
    review = Row("a", "a", "", "review", "review", 69.98, (0.6, 0.8), None)
    low = Row("b", "b", "", "approve", "low", 29.61, (0.2, 0.4), None)
    plain = Row("c", "c", "", "approve", "low", 12.3, (0.1, 0.2), None)
    assert risks(review, low, plain) == ["69.98", "29.6", "12"]
