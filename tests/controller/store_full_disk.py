"""A store on a disk of one MiB, in a mount namespace of its own. Run as a script by test_store_faults.py."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

folder, project = Path(sys.argv[1]) / "small", sys.argv[2]
sys.path.insert(0, project)
folder.mkdir()
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], check=True)

from controller.accounts import SYSTEM  # noqa: E402 (the path comes first)
from controller.store import Store, StoreFull  # noqa: E402

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


def fill(store: Store) -> str:
    for number in range(100_000):
        try:
            store.record(SYSTEM, "a.b", f"row {number}", {"x": "y" * 1000}, NINE)
        except StoreFull as error:
            return type(error).__name__
    return "never full"


ballast = folder / "ballast"
ballast.write_bytes(b"x" * 200_000)
with Store.open(f"sqlite:///{folder}/caretaker.db") as store:
    print(fill(store))
    rows = len(store.audit(limit=1_000_000))
    print(fill(store))
    print("kept" if len(store.audit(limit=1_000_000)) >= rows > 0 else "lost")
    print("read" if store.inventory() is not None else "unread")
    ballast.unlink()
    store.record(SYSTEM, "a.b", "after", {}, NINE)
    print("written" if store.latest_audit(1)[0].subject == "after" else "forgotten")
    print("whole" if store.verify_audit() is None else "broken")
