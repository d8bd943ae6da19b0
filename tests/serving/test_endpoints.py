from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from features import SIGNALS, records
from models.rankings.ranking import Similars
from models.reporting import reports
from models.reports.report import Report
from serving.api import examples
from serving.api.answers import STRAIGHT_BYTES
from serving.api.problems import MEDIA_TYPE
from serving.api.requests import RankRequest, ScoreBatchRequest, ScoreRequest, SimilarRequest
from serving.api.responses import ModelInfo
from serving.champions.loaded import Loaded
from serving.champions.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from httpx import Client

    ClientOf = Callable[[Loaded | None], AbstractContextManager[Client]]


CREATORS = [examples.creator(f"creator-{k}", followers=4_000 + 900 * k) for k in (7, 3, 11, 1)]


def test_a_score_is_the_report_that_every_other_door_gives(client: Client, loaded: Loaded) -> None:
    answer = client.post("/v1/score", json=examples.SCORE)
    [report] = reports(loaded.fraud, records.read([examples.CREATOR]))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert Report.model_validate_json(answer.content) == report
    assert answer.json()["probability"] == report.probability  # to the last bit, through JSON
    assert report.state != "insufficient_data"
    assert report.reasons


def test_reasons_come_unless_they_are_declined(client: Client) -> None:
    with_reasons = client.post("/v1/score", json={"creator": examples.CREATOR}).json()
    without = client.post("/v1/score", json={"creator": examples.CREATOR, "explain": False}).json()
    assert with_reasons["reasons"]
    assert not without["reasons"]
    assert without["probability"] == with_reasons["probability"]


def test_a_batch_keeps_its_order_and_says_what_single_requests_say(client: Client) -> None:
    batch = client.post("/v1/score_batch", json={"creators": CREATORS}).json()
    singles = [client.post("/v1/score", json={"creator": creator}).json() for creator in CREATORS]
    assert [report["creator_id"] for report in batch] == [creator["creator_id"] for creator in CREATORS]
    assert batch == singles


@pytest.mark.parametrize("explain", [{}, {"explain": True}, {"explain": False}])
def test_a_large_batch_says_what_single_requests_say(client: Client, explain: dict[str, bool]) -> None:
    captioned = [{"post_id": f"post {k}", "caption": "A day by the sea. " * 5_000} for k in range(10)]
    large = [{"creator_id": "large", "platform": "x", "posts": captioned}, *CREATORS]
    body = orjson.dumps({"creators": large, **explain})
    assert len(body) >= STRAIGHT_BYTES
    batch = client.post("/v1/score_batch", content=body).json()
    assert batch == [client.post("/v1/score", json={"creator": creator, **explain}).json() for creator in large]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"explain": None}, "/explain"),
        ({"explain": 1}, "/explain"),
        ({"creators": [*CREATORS, {"creator_id": "x"}]}, "/creators/4/platform"),
        ({"creators": [*CREATORS, CREATORS[0]]}, "/creators/4"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_large_batch_is_refused_as_a_small_one(client: Client, change: dict[str, object], pointer: str) -> None:
    small = orjson.dumps({"creators": CREATORS, **change})
    answers = [client.post("/v1/score_batch", content=body).json() for body in (small, small + b" " * STRAIGHT_BYTES)]
    assert answers[0]["errors"] == answers[1]["errors"]
    assert pointer in {error["pointer"] for error in answers[0]["errors"]}


def test_a_record_with_nothing_in_it_gets_no_number(client: Client) -> None:
    report = client.post("/v1/score", json={"creator": {"creator_id": 17, "platform": "tiktok"}}).json()
    assert report["creator_id"] == "17"
    assert (report["state"], report["decision"], report["probability"]) == ("insufficient_data", "need_data", None)
    assert {"posts", "follower_history", "comments", "audience"} <= set(report["missing_inputs"])


def test_nan_counts_as_null(client: Client) -> None:
    bare = {**examples.CREATOR, "following": None}
    written_by_pandas = orjson.dumps({"creator": bare}).replace(b'"following":null', b'"following":NaN')
    assert b"NaN" in written_by_pandas
    answer = client.post("/v1/score", content=written_by_pandas)
    assert answer.json() == client.post("/v1/score", json={"creator": bare}).json()


def test_the_model_tells_its_version_metrics_and_signals(client: Client, loaded: Loaded) -> None:
    info = ModelInfo.model_validate_json(client.get("/v1/model").content)
    assert info.version == loaded.fraud.contract.version
    assert info.metrics == loaded.fraud.contract.metrics
    assert [signal.name for signal in info.signals] == [signal.name for signal in SIGNALS]
    assert all(signal.sentence for signal in info.signals)
    assert info.fit is not None
    assert info.index is None
    assert info.index_problem is not None
    assert "bonafide index build" in info.index_problem


def test_the_example_in_the_documentation_works(client: Client) -> None:
    text = (Path(__file__).parents[2] / "docs" / "service.md").read_text("utf-8")
    body = text.partition("-d '")[2].partition("'")[0]
    answer = client.post("/v1/score", content=body)
    assert answer.status_code == 200
    assert answer.json()["probability"] is not None


class TestWithoutModels:
    @pytest.fixture
    def unready(self, client_of: ClientOf) -> Iterator[Client]:
        with client_of(None) as client:
            yield client

    @pytest.fixture
    def fraud_only(self, client_of: ClientOf, loaded: Loaded) -> Iterator[Client]:
        with client_of(
            Loaded(loaded.fraud, None, Shelf(loaded.shelf.folder, None, loaded.fraud), loaded.window)
        ) as client:
            yield client

    @pytest.mark.parametrize("path", ["/v1/score", "/v1/score_batch", "/v1/rank", "/v1/similar"])
    def test_every_endpoint_answers_503(self, unready: Client, path: str) -> None:
        answer = unready.post(path, json=examples.SCORE)
        assert (answer.status_code, answer.headers["content-type"]) == (503, MEDIA_TYPE)

    @pytest.mark.parametrize(("path", "body"), [("/v1/rank", examples.RANK), ("/v1/similar", examples.SIMILAR)])
    def test_ranking_says_how_to_train_a_fit_model(self, fraud_only: Client, path: str, body: dict) -> None:
        answer = fraud_only.post(path, json=body)
        assert answer.status_code == 503
        assert "bonafide train fit" in answer.json()["detail"]
        assert fraud_only.get("/v1/model").json()["fit"] is None
        assert fraud_only.get("/docs.json").status_code == 200


@pytest.fixture(scope="module")
def document(client: Client) -> dict:
    return client.get("/docs.json").json()


class TestDocs:
    @pytest.mark.parametrize(
        ("path", "request_type"),
        [("/v1/score", ScoreRequest), ("/v1/score_batch", ScoreBatchRequest), ("/v1/rank", RankRequest)],
    )
    def test_worked_examples_give_the_answer_shown(
        self, client: Client, document: dict, path: str, request_type: type
    ) -> None:
        operation = document["paths"][path]["post"]
        media = operation["requestBody"]["content"]["application/json"]
        assert media["schema"]["$ref"].endswith(f"/{request_type.__name__}")
        answer = client.post(path, json=media["examples"]["worked"]["value"])
        assert answer.status_code == 200
        assert answer.json() == operation["responses"]["200"]["content"]["application/json"]["example"]

    def test_every_reference_leads_somewhere(self, document: dict) -> None:
        names = set(document["components"]["schemas"])
        text = orjson.dumps(document).decode()
        used = {part.split('"')[0] for part in text.split('"$ref":"#/components/schemas/')[1:]}
        assert used <= names
        assert {"Creator", "Brief", "Report", "Rankings", "Similars", "ProblemDocument"} <= used

    def test_what_needs_an_index_is_shown_on_invented_creators(self, document: dict) -> None:
        operation = document["paths"]["/v1/similar"]["post"]
        media = operation["requestBody"]["content"]["application/json"]
        assert media["schema"]["$ref"].endswith(f"/{SimilarRequest.__name__}")
        shown = operation["responses"]["200"]["content"]["application/json"]["example"]
        found = Similars.model_validate(shown)
        assert [one.creator_id for one in found.results] == ["creator-3", "creator-2"]

    @pytest.mark.parametrize(("path", "name"), [("/v1/rank", "index"), ("/v1/similar", "niche")])
    def test_further_examples_work_with_any_index(
        self, searching: Client, document: dict, path: str, name: str
    ) -> None:
        content = document["paths"][path]["post"]["requestBody"]["content"]
        answer = searching.post(path, json=content["application/json"]["examples"][name]["value"])
        assert answer.status_code == 200, answer.text
        assert answer.json()["results"]

    def test_records_are_described_by_the_contract(self, document: dict) -> None:
        assert document["components"]["schemas"]["Creator"] == records.json_schema()
        brief, contract = deepcopy(document["components"]["schemas"]["Brief"]), records.json_schema("briefs")
        weights = brief["properties"].pop("weights")
        del contract["properties"]["weights"]
        assert list(weights["properties"]) == ["relevance", "authenticity", "reach"]
        assert brief == contract

    def test_the_page_asks_nobody_else(self, client: Client) -> None:
        page = client.get("/docs")
        assert page.status_code == 200
        assert "//" not in page.text.replace("<!DOCTYPE", "")
