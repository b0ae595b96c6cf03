"""Says how far schemathesis came: every operation must have succeeded at least once, and no request been limited."""

import json
import sys
from collections import Counter
from pathlib import Path

document, statuses = (json.loads(Path(path).read_text()) for path in sys.argv[1:3])
operations = {operation["operationId"] for item in document["paths"].values() for operation in item.values()}
all_statuses = Counter()
for counts in statuses.values():
    all_statuses.update(counts)
print("requests:", sum(all_statuses.values()), "by status:", dict(sorted(all_statuses.items())))
fruitless = {name for name in operations if not any(status.startswith("2") for status in statuses.get(name, {}))}
if fruitless:
    print("never succeeded:", ", ".join(f"{name} {statuses.get(name)}" for name in sorted(fruitless)))
if all_statuses["429"]:
    print("limited:", all_statuses["429"])
sys.exit(1 if fruitless or all_statuses["429"] else 0)
