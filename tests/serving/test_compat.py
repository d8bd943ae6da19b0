"""`?compat=` answers in another service's field names and units, with the report beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serving.api import examples
from serving.compat import SERVICES
from tests.golden import make

if TYPE_CHECKING:
    from httpx import Client

RECORDS = [json.loads(line) for line in make.CREATORS.read_text(encoding="utf-8").splitlines()]
SENSITIVE = ("ethnic", "income", "education", "marital", "race")


def asked(client: Client, service: str, record: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/v1/score", params={"compat": service}, json={"creator": record})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def on(platform: str) -> dict[str, Any]:
    return {**examples.CREATOR, "platform": platform}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("place", range(len(RECORDS)))
def test_the_report_stands_beside_the_shape(client: Client, service: str, place: int) -> None:
    plain = client.post("/v1/score", json={"creator": RECORDS[place]}).json()
    answer = asked(client, service, RECORDS[place])
    assert answer["report"] == plain
    shape = json.dumps({name: value for name, value in answer.items() if name != "report"})
    assert not [word for word in SENSITIVE if f'"{word}' in shape]


@pytest.mark.parametrize("service", SERVICES)
def test_a_batch_is_answered_in_order(client: Client, service: str) -> None:
    batch = client.post("/v1/score_batch", params={"compat": service}, json={"creators": RECORDS, "explain": False})
    assert batch.json() == [asked(client, service, record) for record in RECORDS]


def test_hypeauditor_on_instagram(client: Client) -> None:
    answer = asked(client, "hypeauditor", examples.CREATOR)
    report, result = answer["report"], answer["result"]
    user = result["user"]
    assert result["report_state"] in ("READY", "READY_LOW_CONFIDENCE")
    assert user["aqs"] == max(1, round(report["authenticity_score"]))
    assert user["followers_count"] == 48_200
    assert user["er"]["value"] == pytest.approx(100 * report["engagement"]["rate_by_followers"])
    assert [point["count"] for point in user["followers_chart"]] == [
        day["followers"]
        for day in examples.creator()["follower_history"]  # type: ignore[attr-defined]
    ]
    assert user["followers_chart"][0]["date"] == 1_740_960_000
    assert user["blogger_graph_anomalies"]["description"]["title"]
    assert user["brand_safety"]["mark"] == "POSITIVE"
    assert user["audience_type"] is None
    assert (user["blogger_prices"]["post_price_from"], user["blogger_prices"]["post_price_to"]) == (100.0, 500.0)


def test_hypeauditor_is_not_told_that_a_history_nobody_handed_in_is_organic(client: Client) -> None:
    for history in ([], examples.creator()["follower_history"][:5]):  # type: ignore[index]
        user = asked(client, "hypeauditor", {**examples.CREATOR, "follower_history": history})["result"]["user"]
        assert user["blogger_graph_anomalies"]["description"] is None


def test_hypeauditor_names_types_and_scores_by_platform(client: Client) -> None:
    tiktok = asked(client, "hypeauditor", on("tiktok"))["result"]["report"]
    assert tiktok["features"].keys() >= {"aqs", "audience_by_type"}
    assert tiktok["metrics"]["subscribers_count"] == {"value": 48_200}
    youtube = asked(client, "hypeauditor", on("youtube"))["result"]
    assert "cqs" in youtube["report"]["features"]
    assert len(youtube["metrics_history"]["subscribers_count"]["history"]) == 30


def test_audience_types_carry_over_under_each_service_s_names(client: Client) -> None:
    rich = next(one for one in RECORDS if len(one.get("audience", [])) >= 100)
    types = asked(client, "modash", rich)["report"]["audience"]["types"]
    modash = asked(client, "modash", rich)["profile"]["audience"]
    insightiq = asked(client, "insightiq", rich)["profile"]["audience"]
    reach = asked(client, "modash", rich)["report"]["audience"]["reachability"]
    assert [one["weight"] for one in modash["audienceReachability"]] == list(reach.values())
    assert [one["value"] for one in insightiq["follower_reachability"]] == [100 * share for share in reach.values()]
    if types is not None:
        assert {one["code"]: one["weight"] for one in modash["audienceTypes"]} == types
        assert {one["name"].lower(): one["value"] / 100 for one in insightiq["follower_types"]} == pytest.approx(types)


def test_histories_are_by_month_where_the_service_keeps_months(client: Client) -> None:
    days = examples.creator()["follower_history"]
    last = {day["date"][:7]: day["followers"] for day in days}  # type: ignore[attr-defined]
    modash = asked(client, "modash", examples.CREATOR)["profile"]["statHistory"]
    insightiq = asked(client, "insightiq", examples.CREATOR)["profile"]["reputation_history"]
    assert {one["month"]: one["followers"] for one in modash} == last
    assert {one["month"]: one["follower_count"] for one in insightiq} == last


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("compat=klout", ["compat"]),
        ("compat=", ["compat"]),
        ("compat=modash&compat=modash", ["compat"]),
        ("comapt=modash", ["comapt"]),
        ("compat=klout&explain=1", ["compat", "explain"]),
    ],
)
@pytest.mark.parametrize("path", ["/v1/score", "/v1/score_batch"])
def test_an_unknown_parameter_is_refused_by_name(client: Client, path: str, query: str, parameters: list[str]) -> None:
    answer = client.post(f"{path}?{query}", json=examples.SCORE)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault["parameter"] for fault in answer.json()["errors"]] == parameters
    assert "klout" not in answer.text


def test_the_document_names_the_parameter(client: Client) -> None:
    paths = client.get("/docs.json").json()["paths"]
    for path in ("/v1/score", "/v1/score_batch"):
        [parameter] = paths[path]["post"]["parameters"]
        assert (parameter["name"], parameter["schema"]["enum"]) == ("compat", list(SERVICES))
