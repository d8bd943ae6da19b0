"""A suggested set: the creators to take together within a budget, a size and a largest overlap of audiences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds as Interval
from scipy.optimize import LinearConstraint, milp

from models.rankings.details import limit, size
from models.rankings.ranking import LeftOut, SuggestedSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from models.rankings.pool import Pool
    from models.rankings.ranking import WhyLeftOut
    from models.texts.documents import Brief

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Rows = NDArray[np.int64]

FROM_FIRST = 200
"""Places that the set is chosen from."""

SET_SIZE = 10
"""Members at most where the brief does not say."""

MOST_LEFT_OUT = 20
MOST_SECONDS = 1.0
MOST_NODES = 20_000
"""The search ends at whichever comes first; at as many nodes on any machine."""


@dataclass(frozen=True)
class Bounds:
    """What a set must keep: members at most, USD in all, largest overlap of two; None for no bound."""

    size: int
    budget: float | None = None
    overlap: float | None = None

    @classmethod
    def of(cls, brief: Brief) -> Bounds | None:
        """Those of a brief; None where it names none, and so asks for no set."""
        size, budget, most = (brief.get(name) for name in ("set_size", "budget", "max_overlap"))
        if size is None and budget is None and most is None:
            return None
        return cls(
            SET_SIZE if not isinstance(size, int) else size,
            float(budget) if isinstance(budget, int | float) else None,
            float(most) if isinstance(most, int | float) else None,
        )


def suggested_set(brief: Brief, pool: Pool, order: Rows, score: Floats, fails: Flags) -> SuggestedSet | None:
    """The set that a brief with `set_size`, `budget` or `max_overlap` asks for; None without any of these.

    Of the first `FROM_FIRST` places, it has the largest sum of fit scores such that

    - no member fails a filter,
    - prices sum to at most the budget, in whole cents; without a known price nobody can be a member then,
    - there are at most `set_size` members,
    - of no two members more than `max_overlap` of the smaller's commenters are found with the other (estimated, see
      `models.rankings.details.overlap`; where commenters are not known, no overlap is).

    Args:
        brief: The brief.
        pool: The creators.
        order: Their rows, the best first.
        score: Fit scores of all.
        fails: Whether each fails a filter.
    """
    bounds = Bounds.of(brief)
    if bounds is None:
        return None
    first = order[:FROM_FIRST]
    ids, prices = (pool.candidates.traits[name][first] for name in ("creator_id", "price"))
    unpriced = prices.is_null().to_numpy() & (bounds.budget is not None)
    able = np.flatnonzero(~fails[first] & ~unpriced)
    price = prices.fill_null(0.0).to_numpy()
    clashes = np.zeros((len(first), len(first)), dtype=np.bool_)
    if bounds.overlap is not None:
        clashes[np.ix_(able, able)] = overlaps(pool.details(first[able], ["commenters"])["commenters"]) > bounds.overlap
    chosen, optimal = best(score[first[able]], price[able], clashes[np.ix_(able, able)], bounds)
    members = able[chosen]
    shared = overlaps(pool.details(first[members], ["commenters"])["commenters"])
    return SuggestedSet(
        members=tuple(ids[members].to_list()),
        total_fit=float(score[first[members]].sum()),
        total_price=None if prices[members].null_count() else float(price[members].sum()),
        highest_overlap=None if np.isnan(shared).all() else float(np.nanmax(shared)),
        set_size=bounds.size,
        budget=bounds.budget,
        max_overlap=bounds.overlap,
        considered=len(first),
        without_price=int((unpriced & ~fails[first]).sum()),
        optimal=optimal,
        left_out=_left_out(ids.to_list(), members, fails[first], unpriced, clashes, bounds),
    )


def best(score: Floats, price: Floats, clashes: Flags, bounds: Bounds) -> tuple[Rows, bool]:
    """Places of the members, ascending, and whether no better set exists: a small integer programme.

    Args:
        score: What each is worth, not negative.
        price: USD; counted in cents, rounded up, against the budget rounded down.
        clashes: Symmetric, true for two that may not both be members.
        bounds: Size and budget.
    """
    if not len(score):
        return np.zeros(0, dtype=np.int64), True
    found = milp(
        -score,
        integrality=np.ones(len(score), dtype=np.int64),
        bounds=Interval(0.0, 1.0),
        constraints=_constraints(price, clashes, bounds),
        options={"mip_rel_gap": 0.0, "time_limit": MOST_SECONDS, "node_limit": MOST_NODES},
    )
    taken = greedy(score, price, clashes, bounds)
    solved = taken if found.x is None else np.flatnonzero(found.x > 0.5)
    if not keeps(solved, price, clashes, bounds):
        return taken, False
    # Sums within the solver's tolerance, 1e-6, are alike to it.
    return solved if score[solved].sum() >= score[taken].sum() else taken, found.status == 0


def greedy(score: Floats, price: Floats, clashes: Flags, bounds: Bounds) -> Rows:
    """A set that keeps the bounds, if not the best: each is taken that still can be, the highest score first."""
    taken = np.zeros(0, dtype=np.int64)
    for one in np.argsort(-score, kind="stable"):
        more = np.append(taken, one)
        if len(taken) < bounds.size and keeps(more, price, clashes, bounds):
            taken = more
    return np.sort(taken)


def keeps(members: Rows, price: Floats, clashes: Flags, bounds: Bounds) -> bool:
    """Whether these members keep size, budget and overlap."""
    affordable = bounds.budget is None or _cents(price[members]).sum() <= _cents_of(bounds.budget)
    return len(members) <= bounds.size and bool(affordable) and not clashes[np.ix_(members, members)].any()


def overlaps(commenters: pl.Series) -> Floats:
    """Overlap of each two creators, symmetric; NaN where not known and of one with itself.

    The numbers are those of `models.rankings.details.overlap`, which explains the formula, but one creator is held
    against all others at once, so that thousands of pairs take a fraction of a second.

    Args:
        commenters: Sketches, the column of `models.rankings.details.DETAILS`.
    """
    sketches = [sketch.to_numpy() for sketch in commenters.fill_null([])]
    lengths = np.array([len(sketch) for sketch in sketches], dtype=np.int64)
    hashes, places = np.unique(commenters.explode().drop_nulls().to_numpy(), return_inverse=True)
    owners = np.repeat(np.arange(len(sketches)), lengths)
    holds = sparse.csr_array((np.ones(len(places)), (owners, places)), shape=(len(sketches), len(hashes)))
    limits = np.array([limit(sketch) for sketch in sketches], dtype=np.uint64)
    sizes = np.array([size(sketch) for sketch in sketches])
    # Row one, column other: of one's hashes those below the limit of the two.
    counts = np.array(
        [np.searchsorted(own, np.minimum(limits, most), "right") for own, most in zip(sketches, limits, strict=True)]
    )
    counts = counts.reshape(len(sketches), len(sketches))
    fewer = np.where(sizes[:, None] <= sizes, counts, counts.T)
    told = (fewer > 0) & (lengths > 0) & (lengths[:, None] > 0)
    found = np.full(fewer.shape, np.nan)
    np.divide((holds @ holds.T).toarray(), fewer, out=found, where=told)
    np.fill_diagonal(found, np.nan)
    return found


def _constraints(price: Floats, clashes: Flags, bounds: Bounds) -> LinearConstraint:
    """Size; budget, where dearer ones than it count as just too dear; a row for each two that clash."""
    n = len(price)
    rows, most = [sparse.csr_array(np.ones((1, n)))], [float(bounds.size)]
    if bounds.budget is not None:
        budget = _cents_of(bounds.budget)
        rows.append(sparse.csr_array(np.minimum(_cents(price), budget + 1.0)[None, :]))
        most.append(budget)
    pairs = np.argwhere(np.triu(clashes, 1))
    places = np.repeat(np.arange(len(pairs)), 2), pairs.ravel()
    rows.append(sparse.csr_array((np.ones(pairs.size), places), shape=(len(pairs), n)))
    return LinearConstraint(
        sparse.vstack(rows, format="csr"), -np.inf, np.array([*most, *np.ones(len(pairs)).tolist()])
    )


def _cents(price: Floats) -> Floats:
    """Rounded up; what floats add to a whole number of cents is no cent."""
    return np.ceil(np.round(100.0 * price, 6))


def _cents_of(budget: float) -> float:
    return float(np.floor(np.round(100.0 * budget, 6)))


def _left_out(
    ids: Sequence[str], members: Rows, fails: Flags, unpriced: Flags, clashes: Flags, bounds: Bounds
) -> tuple[LeftOut, ...]:
    """The first `MOST_LEFT_OUT` of those with a place before the last member's (any place, without members)."""
    last = int(members.max()) if len(members) else len(ids)
    others = [place for place in range(last) if place not in set(members.tolist())][:MOST_LEFT_OUT]
    answers = []
    for place in others:
        with_whom = tuple(ids[member] for member in members.tolist() if clashes[place, member])
        reasons: tuple[tuple[WhyLeftOut, bool], ...] = (
            ("filters", bool(fails[place])),
            ("no_price", bool(unpriced[place])),
            ("overlap", bool(with_whom)),
            ("budget", bounds.budget is not None),
            ("set_size", True),
        )
        why = next(name for name, holds in reasons if holds)
        answers.append(LeftOut.model_construct(creator_id=ids[place], rank=place + 1, why=why, overlaps_with=with_whom))
    return tuple(answers)
