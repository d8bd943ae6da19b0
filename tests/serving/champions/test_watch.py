"""Newly promoted models come into service, and damaged ones do not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client import REGISTRY

from features.errors import ContractError, RegistryError
from models import index, loading, promotion, registry
from models.fraud import FraudBundle
from models.settings import get_settings
from serving import metrics
from serving.api import examples
from serving.champions.loaded import Loaded, load
from serving.champions.shelf import Shelf
from serving.champions.watch import Watch
from serving.champions.window import Window
from tests.damage import DAMAGES
from tests.weakened import weakened
from training.tracking import Trained, track

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import httpx

    from features.records import Tables


@pytest.fixture(scope="module")
def other(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> FraudBundle:
    return weakened(loaded.fraud, tmp_path_factory.mktemp("other") / "bundle")


@dataclass(frozen=True)
class Distance:
    """A number that has moved too far."""

    name: str
    psi: None = None
    psi_chance: None = None

    def over(self) -> list[str]:
        return ["psi"]


def _over(name: str) -> float | None:
    return REGISTRY.get_sample_value("bonafide_drift_over", {"number": name})


class House:
    """A registry, a service that started with its champion, and what it answers with."""

    def __init__(self, files: Path, first: FraudBundle) -> None:
        self.files = files
        files.mkdir()
        self.register(first, promote=True)
        self.loaded = load(get_settings())
        self.watch = Watch(self.loaded, self.put, get_settings())
        self.watch.look()

    def put(self, loaded: Loaded) -> None:
        self.loaded = loaded

    def register(self, bundle: FraudBundle, *, promote: bool) -> Trained:
        return track(
            registry.FRAUD,
            bundle.folder,
            inputs=bundle.names,
            params={},
            metrics={},
            tags={"bundle_version": bundle.contract.version, "data_hash": "0"},
            files=self.files,
            promote=promote,
        )

    @property
    def version(self) -> str:
        return self.loaded.fraud.contract.version


@pytest.fixture
def house(loaded: Loaded, tracking_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    for name in ("BONAFIDE_FRAUD_MODEL", "BONAFIDE_FIT_MODEL", "BONAFIDE_INDEX", "BONAFIDE_PINNED"):
        monkeypatch.delenv(name, raising=False)
    return House(tmp_path / "files", loaded.fraud)


def test_a_new_champion_and_the_one_before_come_into_service(house: House, loaded: Loaded, other: FraudBundle) -> None:
    house.register(other, promote=False)
    house.watch.look()
    assert house.version == loaded.fraud.contract.version
    promotion.promote("models:/bonafide-fraud/2")
    house.watch.look()
    assert house.version == other.contract.version
    promotion.rollback(registry.FRAUD)
    house.watch.look()
    assert house.version == loaded.fraud.contract.version


def test_an_alarm_of_drift_does_not_outlive_the_model_that_it_was_of(house: House, other: FraudBundle) -> None:
    names = house.loaded.window.names
    for name in names:
        metrics.drifted(Distance(name))  # type: ignore[arg-type]
    assert [_over(name) for name in names] == [1.0] * len(names)
    house.register(other, promote=True)
    house.watch.look()
    assert [_over(name) for name in names] == [0.0] * len(names)


def test_nothing_is_asked_of_the_registry_while_it_does_not_change(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("serving.champions.watch.wanted", asked)
    house.watch.look()
    assert house.loaded.problem is None


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_champion_leaves_the_one_before_in_service(
    name: str,
    house: House,
    loaded: Loaded,
    other: FraudBundle,
    client_of: Callable[[Loaded | None], AbstractContextManager[httpx.Client]],
) -> None:
    damage, said = DAMAGES[name]
    tracked = house.register(other, promote=True)
    folder = loading.resolve(tracked.address, registry.FRAUD)
    damage(folder)
    with pytest.raises(ContractError, match=said):
        load(get_settings())  # a service that starts now says the same and does not start
    house.watch.look()
    assert house.version == loaded.fraud.contract.version
    with client_of(house.loaded) as client:
        about = client.get("/v1/model").json()
        assert client.post("/v1/score", json=examples.SCORE).status_code == 200
    assert about["version"] == loaded.fraud.contract.version
    assert about["problem"] is not None
    with pytest.raises(ContractError, match=said):
        raise ContractError(about["problem"])
    promotion.rollback(registry.FRAUD)
    house.watch.look()
    assert house.loaded.problem is None


def test_a_model_that_cannot_answer_the_examples_is_not_taken_up(
    house: House, loaded: Loaded, other: FraudBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Loaded) -> None:
        raise ZeroDivisionError("hunter2")

    house.register(other, promote=True)
    monkeypatch.setattr("serving.champions.watch.rehearse", fails)
    house.watch.look()
    assert house.version == loaded.fraud.contract.version
    assert house.loaded.problem == "ZeroDivisionError"


def test_a_tracking_server_that_is_away_changes_nothing(
    house: House, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with monkeypatch.context() as away:
        away.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
        with pytest.raises(RegistryError, match=r"127\.0\.0\.1:9, cannot be used"):
            load(get_settings())
        house.watch.look()
        assert house.version == loaded.fraud.contract.version
        assert "cannot be used" in (house.loaded.problem or "")
    house.watch.look()
    assert house.loaded.problem is None


def test_an_index_is_asked_with_the_models_that_made_it_until_it_is_built_again(
    loaded: Loaded,
    other: FraudBundle,
    corpus: Tables,
    tmp_path: Path,
    client_of: Callable[[Loaded | None], AbstractContextManager[httpx.Client]],
) -> None:
    assert loaded.fit is not None
    ids = corpus.creators["creator_id"].head(8).to_list()
    folder = tmp_path / "index"
    index.build(index.pieces(corpus.select(ids)), loaded.fit, loaded.fraud, folder)
    before = replace(loaded, shelf=Shelf(folder, loaded.fit, loaded.fraud))
    assert before.shelf.look() is not None
    after = Loaded(other, loaded.fit, Shelf(folder, loaded.fit, other, before.shelf), Window(other))
    whole = {"brief": examples.BRIEF | {"max_risk": None, "countries": [], "platforms": [], "languages": []}}
    with client_of(after) as client:
        ranking = client.post("/v1/rank", json=whole)
        assert ranking.status_code == 200, ranking.text
        assert ranking.json()["model"]["fraud"] == loaded.fraud.contract.version
        about = client.get("/v1/model").json()
        assert other.contract.version in about["index_problem"]
        index.remove(ids[:3], folder)
        results = client.post("/v1/rank", json=whole).json()["results"]
        assert {one["creator_id"] for one in results} == set(ids[3:])
        strange = weakened(loaded.fraud, tmp_path / "strange", trees=1)
        index.build(index.pieces(corpus.select(ids)), loaded.fit, strange, folder)  # which is not in service here
        ranking = client.post("/v1/rank", json=whole).json()
        assert ranking["model"]["fraud"] == loaded.fraud.contract.version
        assert {one["creator_id"] for one in ranking["results"]} == set(ids[3:])
        index.build(index.pieces(corpus.select(ids)), loaded.fit, other, folder)
        ranking = client.post("/v1/rank", json=whole).json()
        assert ranking["model"]["fraud"] == other.contract.version
        assert client.get("/v1/model").json()["index_problem"] is None
