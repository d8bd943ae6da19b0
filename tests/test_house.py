"""The rules of the house: which room, which direction, and that the front door says only what is true."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import mlflow
import pytest

from serving.version import VERSION

REPOSITORY = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "features": set(),
    "models": {"features"},
    "ledger": {"features"},
    "training": {"features", "ledger", "models"},
    "serving": {"features", "ledger", "models"},
    "bonafide": {"features", "ledger", "models", "training", "serving"},
}
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def imported(module: Path) -> set[str]:
    """Top-level packages that a module imports anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_run_one_way(package: str) -> None:
    forbidden = MAY_IMPORT.keys() - MAY_IMPORT[package] - {package} | {"tests", "bench"}
    wrong = {
        str(module.relative_to(REPOSITORY)): sorted(found)
        for module in (REPOSITORY / package).rglob("*.py")
        if (found := imported(module) & forbidden)
    }
    assert not wrong


def test_a_wrong_import_would_be_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("def f():\n    from serving.pages.report import report_html\n    import training.fraud\n")
    assert imported(module) == {"serving", "training"}


def test_what_the_packages_import_is_declared() -> None:
    optional = PROJECT["project"]["optional-dependencies"]
    asked = [*PROJECT["project"]["dependencies"], *optional["postgres"], *optional["spark"]]
    declared = {re.split(r"[\[><=]", one)[0] for one in asked}
    modules = [module for package in MAY_IMPORT for module in (REPOSITORY / package).rglob("*.py")]
    foreign = set().union(*map(imported, modules)) - MAY_IMPORT.keys() - sys.stdlib_module_names
    shipped = packages_distributions()
    undeclared = {
        name for name in foreign if declared.isdisjoint(one.replace("_", "-").lower() for one in shipped[name])
    }
    assert undeclared <= {"pydantic_core", "py4j", "requests"}  # halves of Pydantic, PySpark, and MLflow's client


def test_contributing_names_every_room() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`\w+/\w+/`.*?) \|", text, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    rooms = {path.parent for package in MAY_IMPORT for path in (REPOSITORY / package).glob("*/__init__.py")}
    assert named == {f"{room.relative_to(REPOSITORY)}/" for room in rooms if room.name != "migrations"}


def test_the_wheel_ships_the_packages_and_nothing_else() -> None:
    folders = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")}
    shipped = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(shipped) == folders == MAY_IMPORT.keys()
    assert set(PROJECT["tool"]["mypy"]["packages"]) == folders


def test_the_changelog_begins_with_the_version() -> None:
    newest = re.search(r"^## \[(.+?)\]", (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == VERSION


def test_every_package_tells_type_checkers_that_it_is_typed() -> None:
    assert "Typing :: Typed" in PROJECT["project"]["classifiers"]
    assert not [package for package in MAY_IMPORT if not (REPOSITORY / package / "py.typed").is_file()]


def test_the_folder_mlflow_holds_no_python_and_hides_no_library() -> None:
    assert not list((REPOSITORY / "mlflow").rglob("*.py*"))
    assert "site-packages" in (mlflow.__file__ or "")


def test_the_lock_has_hashes_and_no_address() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "index-url" not in lock
    requirement = r"^[A-Za-z0-9][\w.\[\],-]*==\S+.*(?:\n {4}--hash=sha256:[0-9a-f]{64}(?: \\)?)+"
    pinned = re.findall(requirement, lock, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[A-Za-z0-9]", lock, re.MULTILINE)) > 50
    assert "bentoml==1." in lock


def test_ci_runs_what_the_readme_tells_people_to_run() -> None:
    steps = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    assert "make lint" in steps
    assert "make test" in steps


def test_nothing_in_the_repository_names_this_machine() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    places = (f"{REPOSITORY}/", f"{Path.home()}/")
    names = [REPOSITORY / name for name in tracked.stdout.split("\n") if name]
    wrong = [
        str(path.relative_to(REPOSITORY))
        for path in names
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".yml", ".j2", ".env", ".json"}
        and path.is_file()
        and any(place in path.read_text(encoding="utf-8", errors="ignore") for place in places)
    ]
    assert not wrong


def test_importing_the_packages_has_no_side_effects(tmp_path: Path) -> None:
    code = "import features, ledger, models, training, serving, bonafide.cli, os; assert not os.listdir()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
