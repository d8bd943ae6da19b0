"""What the endpoints take: typed bodies (`serving.api.bodies` reads them).

The records inside are checked by `features.records`, which knows the contract; here only what stands around them.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from features.records.plain import MOST_EXACT
from features.records.times import what_is_wrong
from models.ranking import Asked
from models.rankings.filters import Limits
from models.rankings.ranking import RiskForm, Weights

MOST_CREATORS = 1_000
MOST_CANDIDATES = 10_000
MOST_NAMED = 10_000
"""Names in a list of a filter."""
MOST_TYPES = 100
MOST_FIELDS = 100
"""Fields of an object; unknown ones are each named, which takes memory for each."""
MOST_LETTERS = 10_000
"""Of a text that is kept for good and shown to whoever asks."""


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def _time(value: object) -> object:
    """A text as a time; anything else, and a time without an offset, is refused."""
    with suppress(ValueError, OverflowError):  # beyond the years that there are, in UTC
        if isinstance(value, str) and (read := datetime.fromisoformat(value)).tzinfo is not None:
            return read.astimezone(UTC)
    raise ValueError("Must be an ISO 8601 time with its offset from UTC.")


Record = Annotated[dict[str, object], WithJsonSchema({"allOf": [{"$ref": "#/components/schemas/Creator"}]})]
BriefRecord = Annotated[dict[str, object], WithJsonSchema({"allOf": [{"$ref": "#/components/schemas/Brief"}]})]
Id = Annotated[
    str,
    Field(min_length=1),
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    WithJsonSchema({"type": ["string", "integer"], "minLength": 1}),
]
Time = Annotated[
    datetime,
    BeforeValidator(_time),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
WHOLE = BeforeValidator(lambda value: int(value) if _is_whole(value) else value)
"""As in records, a float that is a whole number counts as one: pandas writes them so."""
Top = Annotated[int, Field(ge=1, le=MOST_CANDIDATES, description="How many of the best to return."), WHOLE]
Explain = Annotated[bool, Field(description="Whether to give the reasons.")]
Names = Annotated[list[str], Field(max_length=MOST_NAMED)]


def _either(
    first: str, second: str, *, neither: bool, with_second: dict[str, JsonValue] | None = None
) -> dict[str, JsonValue]:
    """JSON Schema of two fields that exclude each other: null counts as absent.

    Args:
        first: Name of one.
        second: Name of the other.
        neither: Whether both may be absent.
        with_second: What holds of further fields where the second is given.
    """
    null: JsonValue = {"type": "null"}
    given: JsonValue = {"not": null}
    ways: list[JsonValue] = [
        {"required": [first], "properties": {first: given, second: null}},
        {"required": [second], "properties": {second: given, first: null, **(with_second or {})}},
    ]
    return {"oneOf": [*ways, {"properties": {first: null, second: null}}] if neither else ways}


def _not_many(given: object) -> object:
    if isinstance(given, dict) and len(given) > MOST_FIELDS:
        raise ValueError("Has more fields than there are.")
    return given


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    _few_fields = model_validator(mode="before")(_not_many)


class ScoreRequest(_Body):
    """One creator to score."""

    creator: Record
    explain: Explain = True


class ScoreBatchRequest(_Body):
    """Creators to score, each once."""

    creators: Annotated[list[Record], Field(min_length=1, max_length=MOST_CREATORS)]
    explain: Explain = True


class AskedWeights(Weights):
    """Weights of relevance, authenticity and reach; those that are not named have their defaults."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    _few_fields = model_validator(mode="before")(_not_many)

    def plain(self) -> Weights:
        """The same as ranking knows them."""
        return Weights(relevance=self.relevance, authenticity=self.authenticity, reach=self.reach)


class RiskChoice(_Body):
    """How the fraud risk takes its part of the score."""

    form: Annotated[
        RiskForm,
        Field(
            description="multiply: what fits less the risk's share of it; subtract: less so many points; gate: those "
            "over the brief's `max_risk` (60 where it names none) are out or stand last, the others lose nothing."
        ),
    ] = "multiply"


class FollowerFilters(_Body):
    """Follower counts to stay within; who has no count known passes."""

    min_followers: Annotated[int, Field(ge=0, le=MOST_EXACT), WHOLE] | None = None
    max_followers: Annotated[int, Field(ge=0, le=MOST_EXACT), WHOLE] | None = None

    @field_validator("max_followers")
    @classmethod
    def _in_order(cls, most: int | None, others: ValidationInfo) -> int | None:
        least = others.data.get("min_followers")
        if least is not None and most is not None and least > most:
            raise ValueError("Is below min_followers.")
        return most

    @property
    def limits(self) -> Limits:
        """The same as ranking knows them."""
        return Limits(self.min_followers, self.max_followers)


class SimilarFilters(FollowerFilters):
    """Hard filters, as a brief has them: an empty list asks nothing, and what is not known of a creator passes."""

    platforms: Names | None = None
    tiers: Names | None = None
    countries: Names | None = None
    languages: Names | None = None
    exclude_brands: Names | None = None
    max_risk: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None

    @property
    def brief(self) -> dict[str, object]:
        """The filters of a brief that are set."""
        return self.model_dump(exclude={"min_followers", "max_followers"}, exclude_none=True)


class RankRequest(_Body):
    """A brief, and whom to rank for it: the candidates' records, ids of creators in the index, or the whole index.

    Records and ids are all scored, and those that fail a filter stand last. From the whole index, those that fail a
    filter are left out and counted.
    """

    model_config = ConfigDict(json_schema_extra=_either("candidates", "creator_ids", neither=True))

    brief: BriefRecord
    candidates: Annotated[list[Record] | None, Field(min_length=1, max_length=MOST_CANDIDATES)] = None
    creator_ids: Annotated[list[Id] | None, Field(min_length=1, max_length=MOST_CANDIDATES)] = None
    top: Top = 50
    reasons: Annotated[int, Field(ge=0, le=MOST_CANDIDATES, description="Say why for so many of the first."), WHOLE] = (
        50
    )
    risk: RiskChoice = RiskChoice()
    weights: Annotated[AskedWeights | None, Field(description="In place of the brief's own weights.")] = None
    filters: FollowerFilters = FollowerFilters()

    @field_validator("creator_ids")
    @classmethod
    def _one_source(cls, creator_ids: list[str] | None, others: ValidationInfo) -> list[str] | None:
        if creator_ids is not None and others.data.get("candidates") is not None:
            raise ValueError("Give candidates or creator_ids, not both; without either the whole index is ranked.")
        return creator_ids

    @property
    def how(self) -> Asked:
        """How to answer, as ranking knows it."""
        return Asked(
            top=self.top,
            reasons=self.reasons,
            risk_form=self.risk.form,
            weights=None if self.weights is None else self.weights.plain(),
            limits=self.filters.limits,
        )


class SimilarRequest(_Body):
    """A creator of the index whose likes are wanted, or a niche whose creators are."""

    model_config = ConfigDict(
        json_schema_extra=_either("creator_id", "niche", neither=False, with_second={"same": {"maxItems": 0}})
    )

    creator_id: Id | None = None
    niche: Annotated[str | None, Field(description="As the fit model's taxonomy names it.")] = None
    top: Top = 50
    same: Annotated[
        list[Literal["platform", "tier"]], Field(max_length=MOST_FIELDS, description="Keep to the creator's own.")
    ] = []
    filters: SimilarFilters = SimilarFilters()

    @field_validator("same")
    @classmethod
    def _of_a_creator(
        cls, same: list[Literal["platform", "tier"]], others: ValidationInfo
    ) -> list[Literal["platform", "tier"]]:
        if same and others.data.get("niche") is not None:
            raise ValueError("A niche has no platform or tier; filter by them instead.")
        return same

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if (self.creator_id is None) == (self.niche is None):
            raise ValueError("Give creator_id or niche, exactly one of the two.")
        return self


class AuditRequest(_Body):
    """A person's verdict on a creator."""

    key: Annotated[
        str, Field(min_length=1, max_length=200, description="Names the audit: sent again, it is stored once.")
    ]
    creator_id: Id
    verdict: Annotated[Literal["genuine", "fraud", "unsure"], Field(description="What the reviewer found.")]
    audited_at: Annotated[
        Time | None, Field(description="When, ISO 8601 with an offset from UTC; now unless given.")
    ] = None
    fake_follower_share: Annotated[
        float | None, Field(ge=0, le=1, description="Share of fake followers the reviewer found.")
    ] = None
    types: Annotated[list[str] | None, Field(max_length=MOST_TYPES, description="Kinds of fraud found.")] = None
    reviewer: Annotated[str | None, Field(max_length=MOST_LETTERS, description="Who reviewed.")] = None
    note: Annotated[str | None, Field(max_length=MOST_LETTERS, description="Free text.")] = None
    input_hash: Annotated[
        str | None, Field(description="That of the report that was audited; else the last score before it is meant.")
    ] = None

    @field_validator("audited_at")
    @classmethod
    def _possible(cls, audited_at: datetime | None) -> datetime | None:
        if audited_at is not None and (wrong := what_is_wrong(audited_at)):
            raise ValueError(f"{wrong.capitalize()}.")
        return audited_at
