"""What moved all accounts of a platform on a day: purges, news, holidays.

Purges make everybody drop at once (in December 2014 the hundred largest Instagram accounts lost 7 % on average), so
the median of all accounts' log growth beyond their own pace is taken out of every history. News may lift one half and
sink the other, which leaves the median where it was; on days on which an unusual share of accounts jumps the same way,
a jump that is no larger than the day's other jumps is not the account's own either. Jumps are compared in each
account's own spreads: accounts that move more every day move more on such days too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.exact import MAD_TO_SD, per, ratio
from features.histories.series import Common

if TYPE_CHECKING:
    from features.histories.series import Flags, Floats, Ints
    from features.records import Tables

FEW_ACCOUNTS = 20
"""A day on which fewer accounts of a platform have counts says nothing of all."""
JUMP_Z, JUMP_LEAST = 4.0, 0.002
"""An account jumps on a day by this many of its robust spreads, and this much log growth."""
UNUSUAL_SHARE, UNUSUAL_ACCOUNTS = 0.10, 5
"""At least every tenth account and five of them jump the same way; on ordinary days it is one or two of a hundred."""
WITHIN_SPREADS = 2.0
"""Sizes of jumps are log-normal: about one in forty of a day's jumps is larger than this."""
PURGE_RISEN = 0.05
"""In a purge next to nobody rises while many fall; news moves accounts both ways."""
MILLIONTHS = 1e6

SCHEMA = pl.Schema(
    {
        "platform": pl.String(),
        "date": pl.Date(),
        "growth": pl.Float64(),
        "accounts": pl.Int64(),
        "up": pl.Float64(),
        "down": pl.Float64(),
        "common_level": pl.Int64(),
        "risen_on": pl.Date(),
        "most_risen": pl.Float64(),
        "fallen_on": pl.Date(),
        "purge": pl.Boolean(),
    }
)


@dataclass(frozen=True, eq=False)
class CommonDays:
    """What moved all accounts of one platform, a value a day of `day`."""

    day: Ints
    common: Common

    def at(self, day: Ints) -> Common:
        """The same for the days of one account's counts, in order; of a day that is not there only a level is known.

        Between the days that are there the level stays as it was; before the first, and after the last, nothing moves.
        """
        place = np.minimum(np.searchsorted(self.day, day), len(self.day) - 1)
        known = self.day[place] == day
        return Common(
            level=self._levels(place, known),
            risen_on=np.where(known, self.common.risen_on[place], -1),
            most_risen=np.where(known, self.common.most_risen[place], np.nan),
            fallen_on=np.where(known, self.common.fallen_on[place], -1),
            purge=known & self.common.purge[place],
        )

    def _levels(self, place: Ints, known: Flags) -> Floats:
        if known.all():
            return self.common.level[place]
        if not known.any():
            return np.zeros(len(place))
        newest = np.maximum.accumulate(np.where(known, np.arange(len(place)), int(np.argmax(known))))
        return self.common.level[place[newest]]


def by_platform(part: pl.DataFrame) -> dict[str, CommonDays]:
    """The days of each platform of `SCHEMA`."""
    found = part.sort("platform", "date").select("platform", pl.col("date").to_physical().cast(pl.Int64), *_COMMON)
    return {
        str(platform): CommonDays(own["date"].to_numpy(), Common(*(own[name].to_numpy() for name in _COMMON_NAMES)))
        for (platform,), own in found.partition_by("platform", as_dict=True).items()
    }


def build(tables: Tables) -> pl.DataFrame:
    """The days of a corpus on which at least `FEW_ACCOUNTS` accounts of a platform have a count and one the day before.

    Returns:
        One row a platform and date, sorted: `growth`, the median over accounts of log growth beyond their own pace, in
        whole millionths; `accounts`; `up` and `down`, the shares of accounts that jumped; `common_level`, the sum of
        `growth` up to that day in millionths; `risen_on`, the newest day up to this one on which an unusual share rose,
        and `most_risen`, the largest robust z that is within that day's rises; `fallen_on`, the newest day on
        which an unusual share fell, and whether that was a `purge`. A fall on such a day has no limit: in a purge those
        lose most who have most to lose.
    """
    return carried(daily(moved(tables)))


def moved(tables: Tables) -> pl.DataFrame:
    """Each account's days with a count and one the day before: `platform`, `date`, `excess`, `z`, `grain`."""
    from features.rows.history import paced

    days = paced(tables).lazy().filter(pl.col("days") == 1, pl.col("excess").is_not_null())
    named = days.join(tables.creators.lazy().select("creator_id", "platform"), on="creator_id", how="left")
    return named.select("platform", "date", "excess", "z", "grain").collect(engine="in-memory")


def carried(days: pl.DataFrame) -> pl.DataFrame:
    """The part of the context, from the days of `daily` in any order."""
    found = _carried(days.lazy().sort("platform", "date")).collect(engine="in-memory")
    return found.select(SCHEMA.names()).cast(SCHEMA)


def daily(days: pl.DataFrame) -> pl.DataFrame:
    """What each day of a platform was like, from what each account did: a row a platform and date, in no order."""
    excess = pl.col("excess")
    counted = pl.col("grain") * 2.5 < excess.abs()
    up = (excess >= JUMP_LEAST) & (pl.col("z") >= JUMP_Z) & counted
    down = (excess <= -JUMP_LEAST) & (pl.col("z") <= -JUMP_Z) & counted
    plan = (
        days.lazy()
        .with_columns(up=up, down=down)
        .group_by("platform", "date")
        .agg(
            growth=per((excess.median() * MILLIONTHS).round().cast(pl.Int64), pl.lit(MILLIONTHS)),  # one zero
            accounts=pl.len().cast(pl.Int64),
            risers=pl.col("up").sum().cast(pl.Int64),
            fallers=pl.col("down").sum().cast(pl.Int64),
            most_risen=_most(pl.col("z").filter(pl.col("up"))),
        )
        .filter(pl.col("accounts") >= FEW_ACCOUNTS)
    )
    return plan.collect(engine="in-memory")


def _most(sizes: pl.Expr) -> pl.Expr:
    """The size that next to none of a log-normal sample exceeds, by its median and median deviation."""
    logs = sizes.log()
    return (logs.median() + WITHIN_SPREADS * MAD_TO_SD * (logs - logs.median()).abs().median()).exp()


def _carried(daily: pl.LazyFrame) -> pl.LazyFrame:
    """With the newest day that moved many upwards and downwards, so that a count after a gap finds it."""
    risen = _unusual("risers")
    fallen = _unusual("fallers")

    def carried(value: pl.Expr, day: pl.Expr) -> pl.Expr:
        return pl.when(day).then(value).forward_fill().over("platform")

    return daily.with_columns(
        up=ratio(pl.col("risers"), pl.col("accounts")),
        down=ratio(pl.col("fallers"), pl.col("accounts")),
        common_level=(pl.col("growth") * MILLIONTHS).round().cast(pl.Int64).cum_sum().over("platform"),
        risen_on=carried(pl.col("date"), risen),
        most_risen=carried(pl.col("most_risen"), risen),
        fallen_on=carried(pl.col("date"), fallen),
        purge=carried(ratio(pl.col("risers"), pl.col("accounts")) <= PURGE_RISEN, fallen),
    )


def _unusual(jumpers: str) -> pl.Expr:
    return pl.col(jumpers) >= pl.max_horizontal(UNUSUAL_SHARE * pl.col("accounts"), pl.lit(UNUSUAL_ACCOUNTS))


_COMMON = (
    (pl.col("common_level") / MILLIONTHS).alias("level"),
    pl.col("risen_on").to_physical().cast(pl.Int64).fill_null(-1),
    pl.col("most_risen"),
    pl.col("fallen_on").to_physical().cast(pl.Int64).fill_null(-1),
    pl.col("purge").fill_null(value=False),
)
_COMMON_NAMES = tuple(expression.meta.output_name() for expression in _COMMON)
"""In the order of the fields of `features.histories.series.Common`."""
