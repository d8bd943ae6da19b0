"""What a few hundred own audits are worth: honest accounts that a model takes into `review`, before and after.

1. Real accounts, half of them to audit and half that nobody trains on. Of those audited a part is left as it is or
   brought into an honest shape that looks bought (`HONEST`: advertised posts, views and plays mixed, a second format,
   late views), with the verdict genuine; the others buy likes, views or comments (`training.injection`),
   with the verdict fraud. `--fraud` is their share.
2. The bundle is trained on from them (`train fraud --base champion`), or a model beside simulated creators.
3. Both judge the other half in every shape, and simulated creators, whole and with nothing but a follower history,
   of which the audits say nothing.

Of each set: in `review` or `high` among the honest and the bought; AUC of all honest against all bought; and the share
of the honest that lies above the cut-off which finds as many of the bought as the bundle found before.

    python bench/experiment_own_audits.py --data DIR --model BUNDLE [--audits 120 300 600] [--seed 0] [--base champion]

`--data` is laid out as the folder of `bonafide evaluate fraud` (`creators/<set>/`).
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from features.records import TABLES, Tables
from models.fraud import FraudBundle
from training.draws import first_of, places
from training.fraud import fit_fraud
from training.fraud_model.recipe import Recipe
from training.injection.comments import bought_comments
from training.injection.counts import bought_likes, bought_views
from training.real_accounts.real_sets import accounts
from training.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    Change = Callable[[Tables], Tables]

FEWEST_POSTS, FEWEST_COMMENTS = 8, 20
MOST_JUDGED, SIMULATED, SIMULATION_SEED = 400, 3_000, 1_001
REVIEW = 0.30


def times(share: float, **factors: float) -> Change:
    """Counts of a share of the posts times a factor each."""

    def changed(tables: Tables) -> Tables:
        some = places(tables.posts, ("creator_id", "post_id"), f"times:{factors}") < share
        more = [
            pl.when(some).then((pl.col(name) * factor).round().cast(pl.Int64)).otherwise(name).alias(name)
            for name, factor in factors.items()
        ]
        return replace(tables, posts=tables.posts.with_columns(more))

    return changed


def late(tables: Tables) -> Tables:
    """The views of the last three posts are not all there yet."""
    ago = pl.col("posted_at").rank("ordinal", descending=True).over("creator_id")
    part = ago.replace_strict({1: 0.2, 2: 0.5, 3: 0.7}, default=1.0, return_dtype=pl.Float64)
    views = (pl.col("views") * part).round().cast(pl.Int64)
    return replace(tables, posts=tables.posts.with_columns(views.alias("views")))


def untouched(tables: Tables) -> Tables:
    """As they are."""
    return tables


HONEST: dict[str, Change] = {
    "a tenth advertised": times(0.1, views=8.0, likes=1.6),
    "views and plays mixed": times(0.5, views=1.8),
    "a second format": times(0.4, views=2.5, likes=1.8),
    "views come late": late,
}
LIKES: dict[str, Change] = {
    "likes x 3": lambda tables: bought_likes(tables, 0.3, 3.0, 5),
    "likes x 2": lambda tables: bought_likes(tables, 0.3, 2.0, 5),
}
VIEWS: dict[str, Change] = {
    "views x 3": lambda tables: bought_views(tables, 0.3, 3.0, 5),
    "views x 4 under 60 %": lambda tables: bought_views(tables, 0.6, 4.0, 5),
}
COMMENTS: dict[str, Change] = {
    "praise, 40 %": lambda tables: bought_comments(tables, 0.4, "praise", 5),
    "praise, 30 %": lambda tables: bought_comments(tables, 0.3, "praise", 5),
    "sentences, 40 %": lambda tables: bought_comments(tables, 0.4, "sentences", 5),
}


@dataclass(frozen=True)
class Slice:
    """Signals of accounts of a set in one shape."""

    set: str
    shape: str
    bought: bool
    signals: pl.DataFrame


@dataclass(frozen=True)
class Shapes:
    """Accounts of a set, half to audit, and what becomes of them."""

    tables: Tables
    honest: dict[str, Change]
    bought: dict[str, Change]

    def half(self, *, audited: bool) -> list[str]:
        """Ids of one half."""
        ids = self.tables.creators.select("creator_id").sort("creator_id")
        return ids.filter((places(ids, ("creator_id",), "half") < 0.5) == audited)["creator_id"].to_list()


def shapes(tables: Tables) -> Shapes:
    """What can be done to a set, by what most of its accounts have enough of."""
    views, likes = (
        tables.posts.group_by("creator_id").agg(pl.col(name).count()).filter(pl.col(name) >= FEWEST_POSTS)
        for name in ("views", "likes")
    )
    if views.height:
        return Shapes(tables.select(views["creator_id"].to_list()), HONEST, LIKES | VIEWS)
    if likes.height:
        return Shapes(tables.select(likes["creator_id"].to_list()), {}, LIKES)
    others = tables.comments.filter(pl.col("author_id").ne_missing(pl.col("creator_id")))
    enough = others.group_by("creator_id").len().filter(pl.col("len") >= FEWEST_COMMENTS)
    return Shapes(tables.select(enough["creator_id"].to_list()), {}, COMMENTS)


def together(parts: list[Tables]) -> Tables:
    """Several corpora as one."""
    return Tables.from_frames({name: pl.concat([part[name] for part in parts], how="diagonal") for name in TABLES})


def audits(sets: dict[str, Shapes], many: int, fraud: float, seed: int) -> Tables:
    """So many accounts of the half to audit, drawn over all sets: bought, and half of the honest in honest shapes."""
    of_set = [(one, name) for name, shaped in sets.items() for one in shaped.half(audited=True)]
    pool = pl.DataFrame(of_set, schema=["creator_id", "set"], orient="row").unique("creator_id", keep="first")
    drawn = set(first_of(pool.select("creator_id"), many, f"audits:{seed}"))
    chosen = pool.filter(pl.col("creator_id").is_in(list(drawn))).sort("creator_id")
    parts, verdicts = [], []
    for name, shaped in sets.items():
        ids = chosen.filter(pl.col("set") == name)["creator_id"].to_list()
        place = places(pl.DataFrame({"creator_id": ids}), ("creator_id",), f"verdict:{seed}").to_list()
        for one, at in zip(ids, place, strict=True):
            changes = list((shaped.bought if at < fraud else shaped.honest).values())
            within = at / fraud if at < fraud else 2.0 * (at - fraud) / (1.0 - fraud)
            change = changes[int(within * len(changes))] if changes and within < 1.0 else untouched
            parts.append(change(shaped.tables.select([one])))
            verdicts.append((one, "fraud" if at < fraud else "genuine", datetime(2026, 9, 1, tzinfo=UTC)))
    found = pl.DataFrame(verdicts, schema=["creator_id", "verdict", "audited_at"], orient="row")
    return replace(together(parts), audits=Tables.from_frames({"audits": found}).audits)


def judged_on(sets: dict[str, Shapes], bundle: FraudBundle) -> list[Slice]:
    """Signals of everyone who is judged, by shape."""
    found = []
    for name, shaped in sets.items():
        ids = first_of(pl.DataFrame({"creator_id": shaped.half(audited=False)}), MOST_JUDGED, "judged")
        tables = shaped.tables.select(ids)
        for shape, change in {"untouched": untouched, **shaped.honest, **shaped.bought}.items():
            found.append(Slice(name, shape, shape in shaped.bought, bundle.signals(change(tables))))
    simulation = simulate(SIMULATED, SIMULATION_SEED)
    whole, truth = simulation.tables, simulation.truth
    growth = replace(whole, posts=whole.posts.clear(), comments=whole.comments.clear(), audience=whole.audience.clear())
    followers = pl.col("kinds").list.contains("bought_followers")
    for name, tables, bought in (("simulated", whole, pl.col("fraud")), ("simulated, growth alone", growth, followers)):
        for shape, some in (("honest", ~pl.col("fraud")), ("bought", bought)):
            ids = truth.filter(some)["creator_id"].to_list()
            found.append(Slice(name, shape, shape == "bought", bundle.signals(tables.select(ids))))
    return found


def told(slices: list[Slice], before: FraudBundle, now: FraudBundle) -> None:
    """Print how many of each shape are in review before and now, then what both do with each set."""
    scores = [
        [bundle.verdict(one.signals)["probability"].drop_nulls().to_numpy() for bundle in (before, now)]
        for one in slices
    ]
    for one, answers in zip(slices, scores, strict=True):
        said = ", ".join(f"{np.mean(answer >= REVIEW):.1%}" for answer in answers)
        print(f"{one.set:24}{one.shape:24}{'bought' if one.bought else 'honest':8}{said}")
    print(f"\n{'AUC, and honest above the cut-off that finds as many':54}before, now")
    for name in dict.fromkeys(one.set for one in slices):
        honest, bought = (
            [
                np.concatenate(
                    [s[k] for one, s in zip(slices, scores, strict=True) if one.set == name and one.bought == b]
                )
                for k in (0, 1)
            ]
            for b in (False, True)
        )
        aucs = [
            roc_auc_score(np.repeat([0, 1], [len(no), len(yes)]), np.concatenate([no, yes]))
            for no, yes in zip(honest, bought, strict=True)
        ]
        found = np.mean(bought[0] >= REVIEW)
        cut = np.quantile(bought[1], 1.0 - found, method="higher")
        same = [np.mean(honest[0] >= REVIEW), np.mean(honest[1] > cut)]
        print(f"{name:24}{aucs[0]:.3f}, {aucs[1]:.3f}   {same[0]:.1%}, {same[1]:.1%}", flush=True)


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--model", type=Path, required=True)
    options.add_argument("--audits", type=int, nargs="+", default=[120, 300, 600])
    options.add_argument("--fraud", type=float, default=0.5)
    options.add_argument("--only", help="Audits of one set alone.")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--base", choices=("champion", "simulated"), default="champion")
    asked = options.parse_args()
    sets = {name: shapes(tables) for name, tables in accounts(asked.data).items()}
    audited = {name: one for name, one in sets.items() if asked.only in (None, name)}
    champion = FraudBundle.load(asked.model)
    slices = judged_on(sets, champion)
    for many in asked.audits:
        given = audits(audited, many, asked.fraud, asked.seed)
        with tempfile.TemporaryDirectory() as folder:
            bundle = fit_fraud(
                given,
                Path(folder) / "bundle",
                recipe=Recipe(base=asked.base),
                context=champion.context,
                followers=champion.followers,
                comments=champion.comments,
                champion=champion if asked.base == "champion" else None,
            ).bundle
            facts = bundle.contract.training
            print(f"\n{many} audits: {facts['way']}, an audit weighs {facts['weight_of_a_real_audit']:g}", flush=True)
            told(slices, champion, bundle)


if __name__ == "__main__":
    main()
