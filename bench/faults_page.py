"""Writes docs/faults.md from what runs of doctor.py printed; of one fault the last row counts.

usage: faults_page.py RUN.txt ...
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "faults"))
sys.path.insert(0, str(HERE))

from doctor import FAULTS  # noqa: E402

PAGE = """# Planted faults

`make faults` plants one fault at a time into a healthy sample and lets the doctor look: the example
application with a delivered chat, or one of two chats that were written by hand. Where the fault
shows in the log only, the application is run in that state and asked a question first. This page is
written from such runs by `bench/faults_page.py`.

**{right} of {run} were the first thing named.** {missing}

In bold is what was named first in the place of the planted cause. Whether `--fix` fixes what an
edit can fix is said where that was tried in the run. Seconds are those of one run of the doctor.

| fault | sample | named first | others | fixed | s |
|---|---|---|---|---|---|
{rows}
"""


def main() -> None:
    names = [each.name for each in FAULTS]
    rows: dict[str, str] = {}
    for path in sys.argv[1:]:
        for line in Path(path).read_text().splitlines():
            name = line.strip("| ").split(" | ")[0]
            if line.startswith("| ") and name in names:
                rows[name] = line
    left = [name for name in names if name not in rows]
    right = sum("**" not in each for each in rows.values())
    told = f"{len(left)} of {len(names)} were not run this time: {'; '.join(left)}."
    missing = told if left else ""
    shown = "\n".join(rows[name] for name in names if name in rows)
    page = PAGE.format(right=right, run=len(rows), missing=missing, rows=shown)
    (HERE.parent / "docs" / "faults.md").write_text(page)


if __name__ == "__main__":
    main()
