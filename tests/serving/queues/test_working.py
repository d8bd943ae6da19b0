from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import orjson
import pytest

from serving.api import examples
from serving.app import create_app

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import Any

    from serving.champions.loaded import Loaded

BODIES = {"/v1/score_batch": examples.SCORE_BATCH, "/v1/rank": examples.RANK}


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(("gone", "expected"), [(False, 200), (True, 400)])
def test_what_nobody_waits_for_any_more_is_not_begun(loaded: Loaded, path: str, gone: bool, expected: int) -> None:
    app, statuses = create_app(loaded), []
    arriving = [{"type": "http.request", "body": orjson.dumps(BODIES[path])}]

    async def receive() -> MutableMapping[str, Any]:
        if arriving:
            return arriving.pop()
        if not gone:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        statuses.append(message.get("status"))

    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": []}
    anyio.run(app, scope, receive, send)
    assert statuses[0] == expected
