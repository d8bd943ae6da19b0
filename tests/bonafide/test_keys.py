from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bonafide.conftest import Run


def listed(bonafide: Run) -> list[dict[str, object]]:
    return [json.loads(line) for line in bonafide("keys", "list", "--json").stdout.splitlines()]


def test_a_key_is_made_shown_once_listed_and_revoked(bonafide: Run, tmp_path: Path) -> None:
    assert "keys create" in bonafide("keys", "list").stderr
    made = bonafide(
        "keys", "create", "--role", "audit", "--name", "the desk", "--rate", "90", "--expires", "2999-01-01"
    )
    assert made.returncode == 0
    presented = made.stdout.strip()
    key_id = presented.split("_")[1]
    assert presented.startswith("bonafide_")
    assert presented not in made.stderr
    assert "write and read audits, 90 requests a minute. Keep it now" in made.stderr
    [key] = listed(bonafide)
    assert (key["id"], key["role"], key["name"], key["rate"]) == (key_id, "audit", "the desk", 90)
    assert (key["state"], key["expires_at"], key["last_used_at"]) == ("usable", "2999-01-01T00:00:00Z", None)
    table = bonafide("keys", "list").stdout
    assert key_id in table
    assert presented[18:] not in table
    assert bonafide("keys", "revoke", key_id).returncode == 0
    assert listed(bonafide)[0]["state"] == "revoked"


def test_the_whole_key_names_it_too(bonafide: Run) -> None:
    presented = bonafide("keys", "create", "--role", "score").stdout.strip()
    told = bonafide("keys", "revoke", presented)
    assert (told.returncode, presented[18:] in told.stderr) == (0, False)
    assert listed(bonafide)[0]["state"] == "revoked"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("create",), 2),
        (("create", "--role", "root"), 2),
        (("create", "--role", "score", "--rate", "0"), 2),
        (("create", "--role", "score", "--expires", "2001-01-01"), 2),
        (("revoke", "no-such"), 1),
    ],
)
def test_what_cannot_be_is_refused(bonafide: Run, arguments: tuple[str, ...], code: int) -> None:
    assert bonafide("keys", *arguments).returncode == code
    assert listed(bonafide) == []


def test_a_name_is_printed_on_one_line_whatever_it_holds(bonafide: Run) -> None:
    bonafide("keys", "create", "--role", "score", "--name", "a\nb\x1b[31m[bold]")
    assert listed(bonafide)[0]["name"] == "a?b?[31m[bold]"
    assert "\x1b" not in bonafide("keys", "list").stdout
