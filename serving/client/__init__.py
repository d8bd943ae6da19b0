"""A client of the service: a method for each operation of its OpenAPI document, under the operation's own name.

```python
from serving.client import Client

with Client("http://127.0.0.1:3000", key="bonafide_...") as client:
    report = client.score({"creator_id": "mara", "platform": "instagram", "posts": [...]})
    job = client.wait(client.add_job(Path("roster.ndjson"), name="roster").id)
    moved = list(client.job_diff(job.id))
```

Records are mappings with their tables nested, answers are the types that the service itself answers with. It imports
nothing that scores, so that a program that calls a service need not load one.
"""

from serving.client.asked import FollowerFilters, Record, Risk, SimilarFilters, Verdict, Weights
from serving.client.client import Client
from serving.client.connection import Refused

__all__ = ["Client", "FollowerFilters", "Record", "Refused", "Risk", "SimilarFilters", "Verdict", "Weights"]
