"""What `/v1/rank` and `/v1/similar` answer, and that every door says the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import polars as pl
import pytest

from bonafide.rank import COLUMNS, Form, rank
from features import records
from models import index as indexes
from models.index import Index
from models.ranking import Asked, rank_index, rank_records
from models.rankings.filters import Limits
from models.rankings.ranking import Ranking, Rankings, RiskForm, Similars, Weights
from models.similar import similar
from serving.api import examples
from serving.api.problems import ProblemDocument
from serving.api.requests import MOST_CANDIDATES
from serving.champions.loaded import Loaded
from serving.champions.shelf import Shelf
from training.fit import fit_bundle

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from httpx import Client, Response

    from features.records import Tables
    from models.fit import FitBundle

    ClientOf = Callable[[Loaded | None], AbstractContextManager[Client]]

BRIEF: dict[str, object] = {"brief_id": "b", "text": "healthy breakfast recipes and coffee", "niches": ["food"]}


def ranked(client: Client, body: dict[str, object]) -> Rankings:
    answer = client.post("/v1/rank", json={"brief": BRIEF, **body})
    assert answer.status_code == 200, answer.text
    return Rankings.model_validate_json(answer.content)


def problem(answer: Response, status: int) -> ProblemDocument:
    assert answer.status_code == status, answer.text
    return ProblemDocument.model_validate_json(answer.content)


def told(one: Ranking) -> dict[str, object]:
    """The row that the command line writes of a ranking."""
    row = one.model_dump(include=set(COLUMNS))
    reasons = [{**reason, "matched_terms": list(reason["matched_terms"])} for reason in row["reasons"]]
    return {**row, "reasons": [{name: reason[name] for name in reason if name != "sentence"} for reason in reasons]}


@pytest.fixture(scope="module")
def sent(corpus: Tables) -> list[dict[str, object]]:
    """Forty creators of the corpus as records."""
    some = corpus.select(corpus.creators["creator_id"].head(40).to_list())
    labels = {table.name: [column.name for column in table.columns if column.label] for table in records.RECORD_TABLES}
    nested = {
        table.name: some[table.name].drop(labels[table.name], strict=False).partition_by("creator_id", as_dict=True)
        for table in records.RECORD_TABLES[1:]
    }
    found = [
        {
            **creator,
            **{
                name: parts[(creator["creator_id"],)].drop("creator_id").to_dicts()
                for name, parts in nested.items()
                if (creator["creator_id"],) in parts
            },
        }
        for creator in some.creators.to_dicts()
    ]
    plain: list[dict[str, object]] = orjson.loads(orjson.dumps(found))
    return plain


@pytest.fixture(scope="module")
def fit(loaded: Loaded) -> FitBundle:
    assert loaded.fit is not None
    return loaded.fit


class TestEveryDoorSaysTheSame:
    @pytest.mark.parametrize("form", ["multiply", "gate"])
    @pytest.mark.parametrize("source", ["records", "index"])
    def test_the_command_line_http_and_python(
        self,
        searching: Client,
        indexed: Loaded,
        fit: FitBundle,
        sent: list[dict[str, object]],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        source: str,
        form: RiskForm,
    ) -> None:
        monkeypatch.setenv("BONAFIDE_FRAUD_MODEL", str(indexed.fraud.folder))
        monkeypatch.setenv("BONAFIDE_FIT_MODEL", str(fit.folder))
        briefs, creators, out = (tmp_path / name for name in ("briefs.ndjson", "creators.ndjson", "out.parquet"))
        brief = {**BRIEF, "platforms": ["instagram"], "weights": {"reach": 0.3}}
        briefs.write_bytes(orjson.dumps(brief))
        creators.write_bytes(b"\n".join(map(orjson.dumps, sent)))
        given = creators if source == "records" else indexed.shelf.folder
        rank(briefs, given, out, top=30, reasons=4, risk_form=Form(form), min_followers=900)
        by_command = pl.read_parquet(out).to_dicts()

        whom = {"candidates": sent} if source == "records" else {}
        body = {"brief": brief, "top": 30, "reasons": 4, "risk": {"form": form}, "filters": {"min_followers": 900}}
        by_http = ranked(searching, {**body, **whom}).results

        asked = Asked(top=30, reasons=4, risk_form=form, limits=Limits(min_followers=900))
        rows = records.read_briefs([brief])
        [in_python] = (
            rank_records(indexed.fraud, fit, rows, records.read(sent), asked)
            if source == "records"
            else rank_index(fit, rows, Index.open(indexed.shelf.folder), asked)
        )
        assert by_http == in_python.results
        assert len(by_command) == 30
        assert by_command == [told(one) for one in by_http]

    def test_records_over_http_and_in_python(
        self, client: Client, loaded: Loaded, fit: FitBundle, sent: list[dict[str, object]]
    ) -> None:
        found = ranked(client, {"candidates": sent, "top": 30, "reasons": 5})
        briefs, tables = records.read_briefs([BRIEF]), records.read(sent)
        [expected] = rank_records(loaded.fraud, fit, briefs, tables, Asked(top=30, reasons=5))
        assert found == expected
        assert [one.rank for one in found.results] == list(range(1, 31))

    def test_the_whole_index_over_http_and_in_python(self, searching: Client, indexed: Loaded, fit: FitBundle) -> None:
        weights = Weights(relevance=1, authenticity=1, reach=0.5)
        body = {"top": 30, "risk": {"form": "subtract"}, "weights": weights.model_dump()}
        asked = Asked(top=30, risk_form="subtract", weights=weights)
        [expected] = rank_index(fit, records.read_briefs([BRIEF]), Index.open(indexed.shelf.folder), asked)
        assert ranked(searching, body) == expected

    def test_ids_of_the_index_are_ranked_as_their_records_are(
        self, searching: Client, sent: list[dict[str, object]]
    ) -> None:
        ids = [record["creator_id"] for record in sent]
        by_id, by_record = ranked(searching, {"creator_ids": ids}), ranked(searching, {"candidates": sent})
        assert by_id.results == by_record.results
        assert (by_id.considered, by_id.model.fit) == (40, by_record.model.fit)

    def test_the_whole_index_gives_a_creator_the_score_that_its_record_gives(
        self, searching: Client, sent: list[dict[str, object]]
    ) -> None:
        alone = {one.creator_id: one.fit_score for one in ranked(searching, {"candidates": sent}).results}
        among = {one.creator_id: one.fit_score for one in ranked(searching, {"top": 320, "reasons": 0}).results}
        assert len(among) == 320
        assert alone == {name: among[name] for name in alone}

    def test_alike_over_http_and_in_python(self, searching: Client, indexed: Loaded, fit: FitBundle) -> None:
        found = searching.post("/v1/similar", json={"creator_id": "s5-0000000", "top": 5, "same": ["platform"]})
        opened = Index.open(indexed.shelf.folder)
        expected = similar(fit, opened, creator_id="s5-0000000", top=5, same=["platform"])
        assert Similars.model_validate_json(found.content).results == expected.results


class TestAnswers:
    def test_the_best_come_first_with_reasons_for_as_many_as_were_asked_for(self, searching: Client) -> None:
        found = ranked(searching, {"top": 8, "reasons": 3})
        assert [bool(one.reasons) for one in found.results] == [True] * 3 + [False] * 5
        assert [one.fit_score for one in found.results] == sorted(
            (one.fit_score for one in found.results), reverse=True
        )
        assert found.considered == 320
        assert found.model.index is not None

    def test_an_index_leaves_out_and_counts_where_records_stand_last(
        self, searching: Client, sent: list[dict[str, object]]
    ) -> None:
        brief = {**BRIEF, "platforms": ["tiktok"]}
        whole = ranked(searching, {"brief": brief, "filters": {"min_followers": 5_000}, "top": 250})
        assert {one.traits.platform for one in whole.results} == {"tiktok"}
        assert whole.excluded.keys() == {"platforms", "min_followers"}
        given = ranked(searching, {"brief": brief, "candidates": sent, "top": 250})
        assert len(given.results) == len(sent)
        failed = [bool(one.failed_filters) for one in given.results]
        assert failed == sorted(failed)
        assert any(failed)

    @pytest.mark.parametrize("form", ["multiply", "subtract", "gate"])
    def test_each_form_of_risk_is_answered(self, searching: Client, form: str) -> None:
        found = ranked(searching, {"risk": {"form": form}, "top": 250})
        assert found.risk_form == form
        if form == "gate":
            assert found.excluded["max_risk"] > 0
            assert all(one.fit_score == one.fit_before_risk for one in found.results)

    def test_weights_of_the_request_take_the_place_of_the_briefs(self, searching: Client) -> None:
        brief = {**BRIEF, "weights": {"relevance": 1, "authenticity": 0, "reach": 0}}
        assert ranked(searching, {"brief": brief}).weights.authenticity == 0
        assert ranked(searching, {"brief": brief, "weights": {"reach": 2}}).weights == Weights(reach=2)

    def test_a_set_within_its_limits(self, searching: Client) -> None:
        found = ranked(searching, {"brief": {**BRIEF, "set_size": 4}, "top": 1}).set
        assert found is not None
        assert len(found.members) == 4

    @pytest.mark.parametrize(
        "brief",
        [
            {"brief_id": "b"},
            {"brief_id": "b", "text": ""},
            {"brief_id": "b", "text": "zzqx wvvk"},
            {"brief_id": "b", "text": "ሰላም ለዓለም"},
            {"brief_id": "b", "text": "朝食のレシピ", "niches": ["no such niche"]},
            {"brief_id": "b", "text": "coffee", "example_creators": ["nobody", "s5-0000000"]},
        ],
        ids=["nothing", "empty", "unknown words", "another script", "unknown niche", "unknown example"],
    )
    def test_a_brief_that_says_little_is_answered_with_a_note(
        self, searching: Client, client: Client, brief: dict, sent: list[dict[str, object]]
    ) -> None:
        for found in (ranked(searching, {"brief": brief}), ranked(client, {"brief": brief, "candidates": sent})):
            assert found.results
            assert found.notes

    def test_a_filter_that_excludes_everything_gives_an_empty_answer_and_says_so(
        self, searching: Client, sent: list[dict[str, object]]
    ) -> None:
        whole = ranked(searching, {"brief": {**BRIEF, "platforms": ["nowhere"]}})
        assert (whole.results, whole.considered, whole.excluded) == ((), 320, {"platforms": 320})
        assert whole.notes
        given = ranked(searching, {"brief": {**BRIEF, "max_risk": 0}, "candidates": sent})
        assert all(one.failed_filters == ("max_risk",) for one in given.results if one.risk_score)

    def test_ten_thousand_explicit_candidates_are_all_ranked(self, client: Client) -> None:
        many = [{"creator_id": f"c{k}", "platform": "tiktok", "bio": "coffee"} for k in range(MOST_CANDIDATES)]
        found = ranked(client, {"candidates": many, "top": MOST_CANDIDATES, "reasons": 1})
        assert {one.creator_id for one in found.results} == {one["creator_id"] for one in many}

    def test_creators_of_a_niche(self, searching: Client) -> None:
        answer = searching.post("/v1/similar", json={"niche": "Food", "top": 7, "filters": {"max_followers": 50_000}})
        found = Similars.model_validate_json(answer.content)
        assert len(found.results) == 7
        assert all(one.score == one.niches["food"] for one in found.results)
        assert found.excluded.keys() == {"max_followers"}

    def test_a_creator_is_not_like_itself(self, searching: Client) -> None:
        answer = searching.post("/v1/similar", json={"creator_id": "s5-0000000", "top": 250})
        assert "s5-0000000" not in {one["creator_id"] for one in answer.json()["results"]}


class TestRefusals:
    def test_without_an_index_it_says_how_to_build_one(self, client: Client) -> None:
        for path, body in [
            ("/v1/rank", {"brief": BRIEF}),
            ("/v1/rank", {"brief": BRIEF, "creator_ids": ["a"]}),
            ("/v1/similar", {"niche": "food"}),
        ]:
            detail = problem(client.post(path, json=body), 503).detail
            assert "bonafide index build" in detail
            assert "BONAFIDE_INDEX" in detail

    def test_ids_that_are_not_in_the_index_are_named_ten_at_most(self, searching: Client) -> None:
        ids = ["s5-0000000", *(f"gone-{k:02}" for k in range(15))]
        found = problem(searching.post("/v1/rank", json={"brief": BRIEF, "creator_ids": ids}), 404)
        [fault] = found.errors
        assert fault.pointer == "/creator_ids"
        assert [f"gone-{k:02}" in fault.detail for k in range(15)] == [True] * 10 + [False] * 5
        assert "s5-0000000" not in fault.detail

    @pytest.mark.parametrize(("body", "place"), [({"creator_id": "gone"}, "/creator_id"), ({"niche": "?"}, "/niche")])
    def test_what_nobody_knows_is_404(self, searching: Client, body: dict, place: str) -> None:
        assert [one.pointer for one in problem(searching.post("/v1/similar", json=body), 404).errors] == [place]

    def test_an_index_of_other_models_is_refused_and_scoring_goes_on(
        self, corpus: Tables, indexed: Loaded, client_of: ClientOf, tmp_path: Path
    ) -> None:
        other = fit_bundle(corpus, tmp_path / "fit", seed=1).bundle
        assert indexed.fit is not None
        versions = (indexed.fit.contract.version, other.contract.version)
        assert versions[0] != versions[1]
        shelf = Shelf(indexed.shelf.folder, other, indexed.fraud)
        with client_of(Loaded(indexed.fraud, other, shelf, indexed.window)) as client:
            for path, body in [("/v1/rank", {"brief": BRIEF}), ("/v1/similar", {"niche": "food"})]:
                detail = problem(client.post(path, json=body), 503).detail
                assert all(version in detail for version in versions)
                assert str(indexed.shelf.folder) not in detail
            assert client.post("/v1/score", json=examples.SCORE).status_code == 200
            assert client.post("/v1/rank", json=examples.RANK).status_code == 200
            assert versions[0] in client.get("/v1/model").json()["index_problem"]


class TestTheIndexChanges:
    @pytest.fixture
    def folder(self, corpus: Tables, fit: FitBundle, loaded: Loaded, tmp_path: Path) -> Path:
        """A small index of its own."""
        some = corpus.select(corpus.creators["creator_id"].head(12).to_list())
        indexes.build(indexes.pieces(some), fit, loaded.fraud, tmp_path / "index")
        return tmp_path / "index"

    def test_creators_come_and_go_without_a_restart(
        self, corpus: Tables, fit: FitBundle, loaded: Loaded, client_of: ClientOf, folder: Path
    ) -> None:
        with client_of(Loaded(loaded.fraud, fit, Shelf(folder, fit, loaded.fraud), loaded.window)) as client:
            assert ranked(client, {}).considered == 12
            newcomer = corpus.creators["creator_id"][12]
            indexes.add(indexes.pieces(corpus.select([newcomer])), fit, loaded.fraud, folder)
            assert newcomer in {one.creator_id for one in ranked(client, {}).results}
            indexes.remove([newcomer], folder)
            assert newcomer not in {one.creator_id for one in ranked(client, {}).results}
            problem(client.post("/v1/rank", json={"brief": BRIEF, "creator_ids": [newcomer]}), 404)
            problem(client.post("/v1/similar", json={"creator_id": newcomer}), 404)
            assert client.get("/v1/model").json()["index"]["creators"] == 12

    def test_one_that_is_broken_leaves_the_former_in_service_and_is_logged_once(
        self, fit: FitBundle, loaded: Loaded, client_of: ClientOf, folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with client_of(Loaded(loaded.fraud, fit, Shelf(folder, fit, loaded.fraud), loaded.window)) as client:
            before = ranked(client, {})
            good = (folder / "index.json").read_bytes()
            (folder / "index.json").write_bytes(good[:-40])
            assert [ranked(client, {}) for _ in range(3)] == [before] * 3
            assert client.get("/v1/model").json()["index_problem"]
            assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
                f"the index cannot be used: {folder / 'index.json'}: the file is damaged; build the index again; "
                "the one before it stays in service"
            ]
            (folder / "index.json").write_bytes(good)
            assert ranked(client, {}) == before
            assert client.get("/v1/model").json()["index_problem"] is None

    def test_one_that_is_broken_from_the_start_is_a_503_without_its_place(
        self, fit: FitBundle, loaded: Loaded, client_of: ClientOf, folder: Path
    ) -> None:
        (folder / "index.json").write_text("{")
        with client_of(Loaded(loaded.fraud, fit, Shelf(folder, fit, loaded.fraud), loaded.window)) as client:
            answer = client.post("/v1/rank", json={"brief": BRIEF})
            assert "cannot be opened" in problem(answer, 503).detail
            assert str(folder) not in answer.text
            assert client.post("/v1/rank", json=examples.RANK).status_code == 200

    def test_one_that_is_deleted_is_out_of_service(
        self, fit: FitBundle, loaded: Loaded, client_of: ClientOf, folder: Path
    ) -> None:
        with client_of(Loaded(loaded.fraud, fit, Shelf(folder, fit, loaded.fraud), loaded.window)) as client:
            assert ranked(client, {}).results
            (folder / "index.json").unlink()
            problem(client.post("/v1/rank", json={"brief": BRIEF}), 503)


def test_the_example_in_the_documentation_works(searching: Client) -> None:
    text = (Path(__file__).parents[2] / "docs" / "service.md").read_text("utf-8")
    body = orjson.loads(text.partition("```json\n")[2].partition("```")[0])
    answer = searching.post("/v1/rank", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["set"]["members"]


def test_columns_of_the_file_are_keys_of_the_answer() -> None:
    assert set(COLUMNS) <= set(Rankings.model_json_schema()["$defs"]["Ranking"]["properties"])
    assert pl.Series(COLUMNS).is_unique().all()
