"""The front door: help, exit codes, plain errors, and files that are there whole or not at all."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from bonafide import output
from bonafide.commands import COMMANDS
from models import registry, store

if TYPE_CHECKING:
    from tests.bonafide.conftest import House, Run

REPOSITORY = Path(__file__).resolve().parents[2]
PLAIN = ["demo", "simulate", "convert", "score", "report", "rank", "similar", "serve", "drift", "erase"]
GROUPS = {
    "context": ["build"],
    "train": ["fraud", "fit", "followers", "comments"],
    "classify": ["followers", "comments", "niches"],
    "evaluate": ["followers", "comments", "fraud", "fit"],
    "keys": ["create", "list", "revoke"],
    "index": ["build", "add", "remove", "info"],
    "models": ["list", "show", "compare", "promote", "rollback", "shadow", "pack"],
    "audits": ["add", "import", "export", "list", "next", "dispute"],
}
SCORE_COLUMNS = [
    *("creator_id", "state", "probability", "lo", "hi", "risk_score", "band", "decision"),
    *("fake_follower_share", "fake_follower_share_lo", "fake_follower_share_hi", "missing_inputs"),
]


def listed(text: str) -> list[str]:
    return re.findall(r"^  ([a-z]+)  ", text[text.index("Commands:") :], re.MULTILINE)


def processor_seconds() -> float:
    """What the processes that were run took of a processor: what they waited for it does not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def imported(code: str) -> set[str]:
    """Modules that are there after some code."""
    told = "; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code + told], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_help_is_quick_and_lists_only_commands_that_are_there() -> None:
    times = []
    for _ in range(3):
        start = processor_seconds()
        done = subprocess.run([sys.executable, "-m", "bonafide", "--help"], capture_output=True, text=True)
        times.append(processor_seconds() - start)
    assert listed(done.stdout) == [*PLAIN, *GROUPS]
    assert "Exit codes" in done.stdout
    assert min(times) < 1.0


@pytest.mark.parametrize("group", GROUPS)
def test_groups_list_their_commands(group: str, bonafide: Run) -> None:
    assert listed(bonafide(group, "--help").stdout) == GROUPS[group]


def test_help_needs_no_heavy_library() -> None:
    heavy = {"polars", "pandas", "numpy", "mlflow", "bentoml", "lightgbm", "pydantic"}
    assert not heavy & imported("from bonafide.commands import commands; commands()")


def test_a_command_needs_no_other() -> None:
    assert {f"bonafide.{name}" for name in COMMANDS} & imported(
        "from bonafide.commands import commands; commands('score')"
    ) == {"bonafide.score"}


def test_a_process_of_a_command_imports_nothing_of_the_command_line() -> None:
    assert not {"typer", "bonafide.commands"} & imported("import bonafide.cli")


@pytest.mark.parametrize("command", [*PLAIN, *(f"{group} {name}" for group, names in GROUPS.items() for name in names)])
def test_every_command_explains_itself(command: str, bonafide: Run) -> None:
    done = bonafide(*command.split(), "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout
    assert not re.search(r"--\S+ <(str|int|float|path)", done.stdout)  # the name says what is to be given


def test_version_is_the_packages(bonafide: Run) -> None:
    assert re.fullmatch(r"bonafide \d+\.\d+\.\d+\n", bonafide("--version").stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ["scores"],
        ["score"],
        ["score", "in", "--out", "x.csv", "--engine", "spark"],
        ["score", "in", "--out", "x.csv", "--as-of", "yesterday"],
        ["score", "in", "--out", "x.xlsx"],
        ["score", "in", "--out", "x.csv", "--on-error", "ignore"],
        ["score", "in", "--out", "x.csv", "--memory", "much"],
        ["score", "in", "--out", "x.csv", "--memory", "1B"],
        ["report", "in", "--creator", "a", "--out", "x.pdf"],
        ["simulate", "--creators", "0", "--out", "x"],
        ["models", "promote", "fraud"],
        ["rank", "--briefs", "b", "--candidates", "c", "--out", "x.xlsx"],
        ["rank", "--briefs", "b", "--candidates", "c", "--out", "x.csv", "--risk-form", "divide"],
        [
            "rank",
            "--briefs",
            "b",
            "--candidates",
            "c",
            "--out",
            "x.csv",
            "--min-followers",
            "2",
            "--max-followers",
            "1",
        ],
        ["similar"],
        ["similar", "--creator", "a", "--niche", "food"],
        ["similar", "--creator", "a", "--same", "country"],
        ["similar", "--creator", "a", "--top", "0"],
        ["audits", "add", "", "fraud"],
        ["audits", "add", "a", "fraud", "--at", "2999-01-01"],
        ["audits", "add", "a", "fraud", "--at", "1970-01-01"],
        ["erase", ""],
        ["convert", "--from", "modash", ".", "--out", "records"],
        ["train", "fraud", "--data", "in", "--label-delay", "14"],
        ["train", "fraud", "--data", "in", "--label-delay", "99999999999d"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], bonafide: Run, tmp_path: Path) -> None:
    done = bonafide(*arguments)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_choice_that_there_is_not_and_too_little_memory_are_told_with_what_there_is(bonafide: Run) -> None:
    choice = bonafide("score", "in", "--out", "x.csv", "--on-error", "ignore").stderr
    assert "'--on-error': 'ignore' is not one of 'refuse', 'skip'." in choice
    assert "give 430MB or more" in bonafide("score", "in", "--out", "x.csv", "--memory", "429MB").stderr


@pytest.mark.parametrize("command", ["models list", "audits list", "keys list", "erase a"])
def test_a_home_that_is_a_file_is_wrong_usage(command: str, run_in: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run_in(tmp_path, tmp_path / "file", *command.split())
    assert done.returncode == 2
    assert f"BONAFIDE_HOME: {tmp_path / 'file'} is no folder" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "score in --out {}.csv",
        "report in --creator a --out {}.html",
        "rank --briefs b --candidates c --out {}.csv",
        "similar --creator a --out {}.csv",
        "classify niches in --out {}.csv",
        "classify followers in --out {}.csv",
        "drift --ledger 7 --out {}.html",
        "audits export --out {}.csv",
        "convert in --from modash --out {}",
        "simulate --creators 2 --out {}",
        "context build in --out {}",
        "index build in --out {}",
        "demo --out {}",
    ],
)
def test_an_output_that_cannot_be_made_is_wrong_usage(command: str, bonafide: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    done = bonafide(*command.format("file/deep/out").split())
    assert done.returncode == 2, done.stderr
    assert "cannot be made in" in done.stderr
    assert "Traceback" not in done.stderr
    assert {one.name for one in tmp_path.iterdir()} <= {"file", "home"}


@pytest.mark.parametrize(
    "command",
    [
        "score in --out in/creators.csv",
        "score in.ndjson --out in.ndjson",
        "rank --briefs in.ndjson --candidates in --out in.ndjson",
        "rank --briefs in.ndjson --candidates in --out in/posts.csv",
        "classify niches in --out in/creators.csv",
        "classify comments in/posts.csv --out in/posts.csv",
    ],
)
def test_an_output_that_would_replace_what_is_read_is_refused(command: str, bonafide: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    places = [tmp_path / "in" / "creators.csv", tmp_path / "in" / "posts.csv", tmp_path / "in.ndjson"]
    for place in places:
        place.write_text("mine")
    done = bonafide(*command.split())
    assert done.returncode == 2, done.stderr
    assert "is read and would be replaced" in done.stderr
    assert {place.read_text() for place in places} == {"mine"}


@pytest.mark.parametrize("place", ["in/audience.csv", "in/audits.csv"])
def test_an_output_that_would_be_taken_for_a_table_is_refused(place: str, bonafide: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "creators.csv").write_text("creator_id,platform\nana,x\n")
    done = bonafide("score", "in", "--out", place)
    assert done.returncode == 2, done.stderr
    assert "would be a table of in" in done.stderr


def test_an_earlier_output_among_the_records_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("old")
    output.check_apart(tmp_path / "scores.csv", tmp_path, tmp_path / "nowhere")


def test_without_a_model_it_says_where_one_comes_from(bonafide: Run, tmp_path: Path) -> None:
    done = bonafide("score", ".", "--out", "x.csv")
    assert done.returncode == 1
    assert "bonafide demo" in done.stderr
    assert not list(tmp_path.iterdir())


def test_too_few_audits_are_refused_input(bonafide: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "creators.csv").write_text("creator_id,platform\nana,x\n")
    (tmp_path / "in" / "audits.csv").write_text("creator_id,audited_at,verdict\nana,2025-06-01,fraud\n")
    done = bonafide("train", "fraud", "--data", "in")
    assert done.returncode == 1
    assert "audits: training needs audits of at least 50 creators of each verdict; found 1 fraud" in done.stderr


def test_a_profile_that_there_is_not_in_the_environment_is_wrong_usage(
    bonafide: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BONAFIDE_PROFILE", "brave")
    done = bonafide("score", ".", "--out", "x.csv")
    assert done.returncode == 2
    assert "BONAFIDE_PROFILE: Input should be 'default', 'cautious' or 'strict'" in done.stderr


def test_scores_have_the_columns_and_the_order_of_the_input(house: House, trained: Run, tmp_path: Path) -> None:
    creators = (
        pl.read_parquet(house.home / "demo" / "test" / "creators.parquet").head(40).sample(40, shuffle=True, seed=3)
    )
    source = tmp_path / "in"
    source.mkdir()
    creators.write_csv(source / "creators.csv")
    for ending in ("parquet", "csv", "ndjson"):
        out = tmp_path / f"scores.{ending}"
        done = trained("score", str(source), "--out", str(out))
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        read = {"parquet": pl.read_parquet, "csv": pl.read_csv, "ndjson": pl.read_ndjson}[ending]
        frame = read(out)
        assert frame.columns == SCORE_COLUMNS
        assert frame["creator_id"].to_list() == creators["creator_id"].to_list()
    states = set(pl.read_parquet(tmp_path / "scores.parquet")["state"])
    assert states == {"insufficient_data"}


def test_reasons_in_csv_are_json(house: House, trained: Run, tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    done = trained("score", str(house.home / "demo" / "examples"), "--out", str(out), "--explain")
    assert done.returncode == 0, done.stderr
    rows = pl.read_csv(out)
    assert rows.columns == [*SCORE_COLUMNS, "reasons"]
    reasons = json.loads(rows["reasons"][0])
    assert {"signal", "family", "value", "unit", "percentile", "evidence", "log_odds", "points"} <= reasons[0].keys()
    assert isinstance(json.loads(rows["missing_inputs"][0]), list)


def test_refused_input_leaves_nothing_behind(house: House, trained: Run, tmp_path: Path) -> None:
    source = tmp_path / "bad.ndjson"
    source.write_text('{"creator_id": "a", "platform": "instagram", "followers": -3, "bio": "SECRET"}\n{"broken\n')
    done = trained("score", str(source), "--out", str(tmp_path / "out" / "scores.csv"))
    assert done.returncode == 1
    assert "followers" in done.stderr
    assert "line 2" in done.stderr
    assert "SECRET" not in done.stderr + done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["bad.ndjson"]


def test_skipping_scores_the_rest_and_lists_what_was_refused(house: House, trained: Run, tmp_path: Path) -> None:
    source, out = tmp_path / "mixed.ndjson", tmp_path / "scores.parquet"
    source.write_text(
        '{"creator_id": "a", "platform": "instagram", "followers": -3}\n{"creator_id": "b", "platform": "tiktok"}\n'
    )
    done = trained("score", str(source), "--out", str(out), "--on-error", "skip")
    assert done.returncode == 0, done.stderr
    assert pl.read_parquet(out)["creator_id"].to_list() == ["b"]
    refused = pl.read_ndjson(tmp_path / "scores.parquet.refused.ndjson")
    assert refused["column"].to_list() == ["followers"]
    assert "scores.parquet.refused.ndjson" in done.stderr


def test_columns_that_are_not_known_are_named_in_one_plain_warning(trained: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.ndjson"
    source.write_text('{"creator_id": "a", "platform": "tiktok", "mood": "sunny"}\n')
    done = trained("score", str(source), "--out", str(tmp_path / "scores.csv"))
    assert done.returncode == 0
    assert len(re.findall(r"^bonafide: .*mood", done.stderr, re.MULTILINE)) == 1
    assert "sunny" not in done.stderr


def test_a_missing_input_is_said_plainly(house: House, trained: Run, tmp_path: Path) -> None:
    done = trained("score", str(tmp_path / "nowhere"), "--out", str(tmp_path / "scores.csv"))
    assert done.returncode == 1
    assert "nowhere" in done.stderr


def test_a_report_on_an_unknown_creator_is_refused(house: House, trained: Run, tmp_path: Path) -> None:
    examples = str(house.home / "demo" / "examples")
    done = trained("report", examples, "--creator", "nobody\x1b[31m", "--out", str(tmp_path / "r.html"))
    assert done.returncode == 1
    assert "nobody?[31m" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_damaged_model_is_refused_and_named(house: House, trained: Run, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "contract.json").write_text("{}")
    done = trained(
        "score", str(house.home / "demo" / "examples"), "--out", str(tmp_path / "x.csv"), "--model", str(model)
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"bonafide: {model}: ")
    assert "train the model again" in done.stderr


def test_another_context_changes_percentiles_and_a_lost_one_is_refused(
    house: House, trained: Run, tmp_path: Path
) -> None:
    examples = str(house.home / "demo" / "examples")
    done = trained("score", examples, "--out", str(tmp_path / "x.csv"), "--context", str(tmp_path / "lost"))
    assert done.returncode == 1
    assert "context build" in done.stderr


def test_a_day_is_asked_for_in_words(bonafide: Run) -> None:
    done = bonafide("score", "in", "--out", "x.csv", "--as-of", "31/12/2025")
    assert done.returncode == 2
    assert "expected a day such as 2026-05-31" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [("audits", "add", "ada", "fraud", "--at"), ("keys", "create", "--role", "score", "--expires")],
    ids=["audits", "keys"],
)
def test_a_time_written_otherwise_is_answered_with_one_that_is_right(bonafide: Run, arguments: tuple[str, ...]) -> None:
    done = bonafide(*arguments, "31.12.2025")
    assert done.returncode == 2
    assert "expected a time such as 2026-05-31 or 2026-05-31T12:00:00" in " ".join(done.stderr.split())


def test_rolling_back_a_model_that_there_is_not_names_those_that_there_are(trained: Run) -> None:
    done = trained("models", "rollback", "fraud")
    assert done.returncode == 1
    assert "no model is named fraud: bonafide-fraud, bonafide-fit, bonafide-followers, bonafide-comments" in done.stderr


def test_a_version_is_shown_without_the_figures_of_slices_and_of_the_machine(trained: Run) -> None:
    address = "models:/bonafide-comments@champion"
    assert trained("models", "show", address).returncode == 0
    run = registry.show_model(address).run_id
    with store.reached() as client:
        assert client is not None
        assert run is not None
        client.log_metric(run, "system/memory", 1.0)
    shown = trained("models", "show", address)
    assert "system/memory" not in shown.stdout
    assert re.search(r"^\d+ more, of slices, comparisons and the machine, are in MLflow", shown.stderr, re.M)


def test_promoting_moves_the_champion(trained: Run) -> None:
    shown = trained("models", "show", "models:/bonafide-fraud@champion")
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"^ +auc +0\.\d", shown.stdout, re.M)
    again = trained("models", "promote", "models:/bonafide-fraud/1")
    assert again.returncode == 0, again.stderr
    assert trained("models", "promote", "models:/bonafide-fraud/99").returncode == 1
