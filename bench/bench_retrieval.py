"""How much retrieval loses: of the 50 creators that come first when all are scored, how many the fit model is shown.

Simulated creators with their simulated briefs, and, with `--data`, a folder of real records with `posts.mentions`: a
fit model is trained there on the brands that its creators tag (that takes minutes), and the briefs are what one creator
wrote about each of 120 brands that two or three tag, so no brand that `evaluate fit` reports on has a part in it.
`--search` looks for better weights of the cosines, on every other brief of both sets at once. The tables are
of the briefs in between, which no weights were chosen by: in the order by fit, and in that by fit and risk with default
weights, where risks are drawn at random. The second one tells how many of the 50 that come first when all creators
retrieved are scored are on the shortlist that is scored in their place.

    python bench/bench_retrieval.py [--creators 20000] [--data DIR] [--search 150] [--json FILE]
"""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from results import Results, Table, options

from bonafide.terminal import say
from features import records
from models.index import Index, build, pieces
from models.index.retrieval import DEPTH, RISK_COUNTS, cosines_of, nearest, query
from models.index.segment import candidates_of
from models.index.shortlist import FOR_EACH_PLACE, pairs_nearly
from models.matching.cosine_weights import COSINE_WEIGHTS, CosineWeights
from models.matching.pairs import pair_values
from models.rankings import ranking
from models.rankings.filters import NO_LIMITS
from training.fit import fit_bundle
from training.fit_model.mentions import letters, masked_text
from training.fraud import fit_fraud
from training.simulate import simulate

if TYPE_CHECKING:
    from features.records import Tables
    from models.fit import FitBundle
    from models.matching.pairs import Wish

warnings.simplefilter("ignore")

FIRST = 50
DEPTHS = (500, 1_000, 2_000, 4_000)
BRIEFS = 120
FEW_TAG = (2, 3)

SHORT = (100, 150, 200, 300)
AUTHENTICITY = ranking.Weights().authenticity


@dataclass(frozen=True, eq=False)
class Asked:
    """A brief.

    Attributes:
        cosines: Of all creators that fail no filter, as `cosines_of` gives them.
        fits: Theirs.
        risks: Theirs, 0 to 100, drawn at random.
        places: Filters and risk aside, where pairs that are nearly right put the first of those retrieved.
    """

    cosines: np.ndarray
    fits: np.ndarray
    risks: np.ndarray
    places: np.ndarray


def main() -> None:
    """Print the table."""
    parser = options(__doc__)
    parser.add_argument("--creators", type=int, default=20_000)
    parser.add_argument("--data", type=Path, help="folder of real records")
    parser.add_argument("--search", type=int, default=0, metavar="TRIES")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        sets = {f"{asked.creators:,} simulated": simulated(asked.creators, Path(scratch) / "simulated")}
        if asked.data is not None:
            sets["real"] = real(asked.data, Path(scratch) / "real")
    found = [("weights in use", COSINE_WEIGHTS)]
    if asked.search:
        found.append(("weights found", search([one[::2] for one in sets.values()], asked.search)))
    heads = [f"{name}, {depth:,}" for name in sets for depth in DEPTHS]
    rows = [
        (
            f"{title}, by {'fit and risk' if risky else 'fit'}",
            *(f"{recall(one[1::2], weights, depth, risky):.3f}" for one in sets.values() for depth in DEPTHS),
        )
        for title, weights in found
        for risky in (False, True)
    ]
    title = f"Retrieved creators; {DEPTH:,} are in use"
    retrieved = Table(title, ("share of the first 50", *heads), rows)
    heads = [f"{name}, {count:,}" for name in sets for count in SHORT]
    shares = (f"{shortlisted(one[1::2], count):.4f}" for one in sets.values() for count in SHORT)
    short = Table(
        f"Shortlisted of these; {FOR_EACH_PLACE * FIRST:,} are in use",
        ("", *heads),
        [("share of the first 50", *shares)],
    )
    Results("retrieval", [retrieved, short]).tell(asked)
    for name, one in sets.items():
        passing = np.mean([len(brief.fits) for brief in one[1::2]])
        say(f"{name}: {len(one[1::2])} briefs, whose filters {passing:,.0f} pass on average")
    for title, weights in found:
        say(f"{title}: {', '.join(f'{name} {value:.3g}' for name, value in asdict(weights).items())}")


def simulated(creators: int, folder: Path) -> list[Asked]:
    """Simulated creators, a model learnt from others, and their briefs."""
    say(f"Simulating {creators:,} creators ...")
    fit = fit_bundle(simulate(2_000, seed=1).tables, folder / "fit").bundle
    tables = simulate(creators, seed=2).tables
    return first_of(fit, tables, tables.briefs.head(BRIEFS).to_dicts(), folder)


def real(data: Path, folder: Path) -> list[Asked]:
    """Real creators, a model learnt from the brands that many tag, and briefs of brands that few do."""
    say(f"Reading {data} ...")
    tables = records.read(data, labels=True)
    bare = replace(tables, comments=tables.comments.clear())
    fit = fit_bundle(bare, folder / "fit", from_mentions=True).bundle
    return first_of(fit, bare, records.read_briefs(brands(bare)).to_dicts(), folder)


def brands(tables: Tables) -> list[dict[str, object]]:
    """Briefs of what the first of the creators who tag a brand wrote about it, without its name."""
    tags = (
        tables.posts.select("creator_id", "caption", "alt_text", brand="mentions").explode("brand").drop_nulls("brand")
    )
    tagged = tags.group_by("brand").agg(pl.col("creator_id").unique().sort()).sort("brand")
    chosen = tagged.filter(pl.col("creator_id").list.len().is_between(*FEW_TAG))
    briefs = []
    for brand, creators in chosen.sample(min(BRIEFS, chosen.height), seed=0).iter_rows():
        posts = tags.filter((pl.col("brand") == brand) & (pl.col("creator_id") == creators[0]))
        said = "\n".join(part for post in posts.select("caption", "alt_text").rows() for part in post if part)
        briefs.append({"brief_id": brand, "brand": brand, "text": masked_text(said, [letters(brand)])})
    return briefs


def first_of(fit: FitBundle, tables: Tables, briefs: list[dict[str, object]], folder: Path) -> list[Asked]:
    """Every brief that more than a few creators pass the filters of."""
    fraud = fit_fraud(simulate(600, seed=3).tables, folder / "fraud").bundle
    no_risk = pl.DataFrame(schema={"creator_id": pl.String, "risk_score": pl.Float64, "band": pl.String})
    build(pieces(tables), fit, fraud, folder / "index", scores=no_risk)
    index = Index.open(folder / "index")
    asked, rng = [], np.random.default_rng(7)
    for brief in briefs:
        [wish] = fit.encoder.wishes([brief], index.candidates([]))
        found = index.pool(fit, wish, limits=NO_LIMITS, depth=len(index))
        if len(found) > 2 * max(DEPTHS):
            fits = fit.probability(pair_values(wish, found.candidates))
            risks = rng.uniform(0.0, 100.0, len(fits))
            asked.append(Asked(cosines_of(wish, found.candidates), fits, risks, places(fit, index, wish)))
    return asked


def places(fit: FitBundle, index: Index, wish: Wish) -> np.ndarray:
    """The places by pairs that are nearly right of those creators retrieved that come first by the fit model."""
    everybody = [np.ones(len(one), dtype=np.bool_) for one in index.segments]
    found = nearest(index.segments, query(wish), everybody, DEPTH)
    candidates, _ = candidates_of(index.segments, [near.rows for near in found])
    first = np.argsort(-fit.probability(pair_values(wish, candidates)), kind="stable")[:FIRST]
    nearly = np.argsort(-fit.probability(pairs_nearly(wish, index.segments, found)), kind="stable")
    return np.argsort(nearly)[first]


def shortlisted(asked: list[Asked], count: int) -> float:
    """Mean share of the first creators that are on a shortlist of so many."""
    return float(np.mean([(one.places < count).mean() for one in asked]))


def recall(asked: list[Asked], weights: CosineWeights, depth: int, risky: bool = False) -> float:
    """Mean share of the first creators, by fit or by fit and risk, that are among the `depth` nearest."""
    counted = np.array(list(asdict(weights).values()))
    shares = []
    for one in asked:
        risk = AUTHENTICITY * one.risks if risky else np.zeros(len(one.risks))
        first = np.argsort(-one.fits * (1.0 - risk / 100.0), kind="stable")[:FIRST]
        score = one.cosines @ counted - RISK_COUNTS * risk
        shares.append((score[first] >= np.partition(score, len(score) - depth)[len(score) - depth]).mean())
    return float(np.mean(shares))


def search(sets: list[list[Asked]], tries: int) -> CosineWeights:
    """Better weights by chance: one is changed at a time, and what is better at half of `DEPTH` and less is kept."""

    def worth(weights: CosineWeights) -> float:
        return float(np.mean([recall(one, weights, depth) for one in sets for depth in (DEPTH // 4, DEPTH // 2)]))

    rng = np.random.default_rng(1)
    best, most = COSINE_WEIGHTS, worth(COSINE_WEIGHTS)
    names = [name for name in asdict(COSINE_WEIGHTS) if name not in ("words", "examples")]
    for _ in range(tries):
        name = names[rng.integers(len(names))]
        tried = replace(best, **{name: max(0.01, getattr(best, name)) * float(np.exp(rng.normal(0.0, 0.7)))})
        if (found := worth(tried)) > most:
            best, most = tried, found
    return best


if __name__ == "__main__":
    main()
