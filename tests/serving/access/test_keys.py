from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from features.errors import ContractError, NotFoundError, UsageError
from serving.access.keys import Key, Keyring, Role, demand
from serving.access.uses import BUCKET_SECONDS, Uses

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_key_opens_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "home")
    made, presented = ring.create("discovery", Role.SCORE)
    assert ring.find(presented.encode(), NOW) == made
    assert len(presented) == len("bonafide_12345678_") + 43  # 32 bytes in base64
    written = b"".join(path.read_bytes() for path in (tmp_path / "home").iterdir())
    assert presented[18:].encode() not in written
    assert made.sha256.encode() in written


@pytest.mark.parametrize(
    "wrong",
    [b"", b"bonafide_", b"x" * 100_000, "bonafide_é".encode(), b"\x00\xff", b"bonafide_00000000_" + b"A" * 43],
    ids=["empty", "short", "long", "not ASCII", "bytes", "unknown"],
)
def test_what_is_no_key_opens_nothing(tmp_path: Path, wrong: bytes) -> None:
    ring = Keyring(tmp_path)
    ring.create("", Role.ADMIN)
    assert ring.find(wrong, NOW) is None


def test_one_keys_secret_does_not_open_another(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    (one, first), (other, second) = (ring.create("", Role.ADMIN) for _ in range(2))
    assert ring.find(f"bonafide_{other.id}_{first[18:]}".encode(), NOW) is None
    assert ring.find(f"{first}\n".encode(), NOW) is None
    assert ring.find(second.encode(), NOW) == other
    assert one.number != other.number


def test_another_process_sees_what_is_revoked_with_the_next_look(tmp_path: Path) -> None:
    commands, service = Keyring(tmp_path), Keyring(tmp_path)
    made, presented = commands.create("", Role.SCORE)
    assert service.find(presented.encode(), NOW) is not None
    commands.revoke(made.id, NOW)
    assert service.find(presented.encode(), NOW) is None
    assert [key.revoked_at for key in service.all()] == [NOW]
    assert commands.revoke(made.id).revoked_at == NOW  # once is enough
    with pytest.raises(NotFoundError, match="no key"):
        commands.revoke("00000000")


def test_a_key_ends_when_it_was_to_end(tmp_path: Path) -> None:
    ring, end = Keyring(tmp_path), NOW + timedelta(days=1)
    _, presented = ring.create("", Role.SCORE, expires_at=end, now=NOW)
    assert ring.find(presented.encode(), end - timedelta(seconds=1)) is not None
    assert ring.find(presented.encode(), end) is None
    with pytest.raises(UsageError, match="expired already"):
        ring.create("", Role.SCORE, expires_at=NOW, now=NOW)


def test_keys_that_open_nothing_any_more_are_as_good_as_none(tmp_path: Path) -> None:
    ring, now = Keyring(tmp_path), datetime.now(UTC)
    for _ in range(2):
        with pytest.raises(UsageError, match="asks for keys, and there is none"):
            demand(tmp_path)
        ring.revoke(ring.create("", Role.ADMIN)[0].id)
        ring.create("", Role.ADMIN, now=now - timedelta(days=2), expires_at=now - timedelta(days=1))
    ring.create("", Role.SCORE, expires_at=now + timedelta(days=1))
    demand(tmp_path)


def test_a_damaged_file_opens_nothing_and_one_that_is_gone_neither(tmp_path: Path) -> None:
    ring = Keyring(tmp_path)
    _, presented = ring.create("", Role.SCORE)
    sound = ring.file.read_bytes()
    ring.file.write_bytes(sound[:-20])
    for _ in range(2):
        with pytest.raises(ContractError, match="damaged"):
            ring.find(presented.encode(), NOW)
    ring.file.unlink()
    assert ring.find(presented.encode(), NOW) is None
    ring.file.write_bytes(sound)
    assert ring.find(presented.encode(), NOW) is not None


def test_keys_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    makers = [threading.Thread(target=Keyring(tmp_path).create, args=(str(k), Role.SCORE)) for k in range(8)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert sorted(key.number for key in Keyring(tmp_path).all()) == list(range(8))


@pytest.fixture
def key(tmp_path: Path) -> Key:
    ring = Keyring(tmp_path)
    ring.create("", Role.SCORE)
    made, _ = ring.create("", Role.SCORE, rate=120)
    return made


def test_a_rate_holds_for_all_processes_together(tmp_path: Path, key: Key) -> None:
    now = 1_000_000.0
    workers = [Uses(tmp_path, lambda: now) for _ in range(3)]
    assert workers[0].last(key) is None
    most = int(key.rate * BUCKET_SECONDS / 60)
    assert [workers[k % 3].take(key) for k in range(most)] == [0.0] * most
    assert workers[0].take(key) == pytest.approx(0.5)  # two a second
    now += 0.5
    assert workers[1].take(key) == 0.0
    assert workers[2].take(key) > 0
    now += 3_600
    assert sum(workers[k % 3].take(key) == 0.0 for k in range(2 * most)) == most
    assert workers[0].last(key) == datetime.fromtimestamp(now, UTC)


def test_over_a_minute_a_key_gets_its_rate_and_one_bucket(tmp_path: Path, key: Key) -> None:
    now = 1_000_000.0
    uses = Uses(tmp_path, lambda: now)
    taken = 0
    for _ in range(600):
        taken += uses.take(key) == 0.0
        now += 0.1
    assert taken == pytest.approx(key.rate + key.rate * BUCKET_SECONDS / 60, abs=1)


def test_a_slow_rate_still_lets_one_through(tmp_path: Path) -> None:
    made, _ = Keyring(tmp_path).create("", Role.SCORE, rate=1)
    uses = Uses(tmp_path, lambda: 5.0)
    assert [uses.take(made) for _ in range(2)] == [0.0, 60.0]


def test_a_clock_that_was_set_back_locks_nobody_out(tmp_path: Path, key: Key) -> None:
    now = 2_000_000.0
    uses = Uses(tmp_path, lambda: now)
    uses.take(key)
    now -= 1_000_000
    assert uses.take(key) <= 0.5


def test_the_file_of_uses_holds_sixteen_bytes_a_key(tmp_path: Path, key: Key) -> None:
    Uses(tmp_path).take(key)
    assert os.path.getsize(tmp_path / "keys.uses") == 32  # noqa: PTH202
