"""`bonafide report`: one creator's page."""

# ruff: noqa: TC001, TC003 - Typer reads annotations at run time
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bonafide.inputs import AsOf, ContextFolder, Input, Model, Profile
from bonafide.output import Out


def report(
    source: Input,
    creator: Annotated[str, typer.Option(metavar="ID", help="The creator_id to report on.")],
    out: Out,
    model: Model = None,
    context: ContextFolder = None,
    profile: Profile = None,
    as_of: AsOf = None,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keyword policy for brand safety (TOML); else the service's.")
    ] = None,
) -> None:
    """Write one creator's report as an HTML page.

    The page holds score, reasons and charts in one file, and can be printed.
    """
    from bonafide.inputs import day, fraud_bundle, read
    from bonafide.output import check_file, write_text
    from bonafide.terminal import say
    from features.errors import NotFoundError, printable
    from models.reporting import reports
    from models.reports.brand_safety import Policy, in_service
    from models.settings import get_settings
    from serving.pages.report import report_html

    check_file(out, (".html",))
    bundle = fraud_bundle(model, context, profile)
    words = in_service(get_settings()) if policy is None else Policy.read(policy)
    tables = read(source).select([creator])
    if tables.creators.is_empty():
        raise NotFoundError(f"{source}: no creator has the creator_id {printable(creator)}")
    [found] = reports(bundle, tables, as_of=day(as_of), policy=words)
    write_text(report_html(found, bundle.scored(tables)), out)
    say(f"Written to {out}")
