"""The verdict that counts of each creator where models in service are held against what people found."""

from __future__ import annotations

import polars as pl


def last_verdicts(audited: pl.DataFrame) -> pl.DataFrame:
    """The rows of `ledger.audited_scores` that decide: of each creator the last verdict, where it is fraud or genuine.

    Who said `genuine` and is `unsure` since, or took the verdict back, no longer stands by it: then none counts, not
    even the one before. Figures would else be of verdicts that nobody gives any more.

    Returns:
        The same columns and `label` (1.0 fraud, 0.0 genuine), a row a creator, by the time of the verdict.
    """
    last = audited.sort("audited_at").unique("creator_id", keep="last", maintain_order=True)
    return last.filter(pl.col("verdict").is_in(["fraud", "genuine"])).with_columns(
        label=(pl.col("verdict") == "fraud").cast(pl.Float64)
    )
