"""Every sample of the rules' tests, spelled otherwise: each rule has to find the same.

usage: spellings.py [FOLDER OR FILE OF tests/checks/rules ...]

It ends with 1 where a rule judged another spelling otherwise.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from spelled import SPELLINGS

from chatkit_agent.checks.rules import CHECKS
from chatkit_agent.evidence.static import Evidence, gathering
from chatkit_agent.evidence.static.gathering import Looking

REPOSITORY = Path(__file__).parent.parent
RULES = REPOSITORY / "tests" / "checks" / "rules"


@dataclass(frozen=True)
class Sample:
    test: str
    check: str
    files: dict[str, str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--most", type=int, default=3, help="samples of each outcome and rule")
    parser.add_argument("--only", default="", help="a spelling")
    options = parser.parse_args()
    paths = [str(RULES / each) for each in options.paths] or [str(RULES)]
    same, other = Counter[str](), list[tuple[str, str, str, str]]()
    for sample, found in chosen(samples(paths), options.most):
        for name, spelling in SPELLINGS.items():
            spelled = spelling(sample.files) if options.only in name else sample.files
            if spelled == sample.files:
                continue
            again = judged(sample, spelled)
            if again == found:
                same[name] += 1
            else:
                other.append((sample.check, name, sample.test, f"{found} became {again}"))
                print(" | ".join(other[-1]), flush=True)
    print(json.dumps({"same": dict(same), "other": Counter(name for _, name, _, _ in other)}))
    print(f"{sum(same.values())} of {sum(same.values()) + len(other)} spellings judged the same.")
    return 1 if other else 0


def samples(paths: list[str]) -> list[Sample]:
    """What the tests of the rules observe, by the rule that a test is of."""
    found: list[Sample] = []
    recorder = _Recorder(found)
    original = gathering.observe

    def observe(folder: Path, looking: Looking) -> Evidence:
        if not looking.log and recorder.test:
            found.append(Sample(recorder.test, recorder.check, dict(_texts(folder))))
        return original(folder, looking)

    gathering.observe = observe
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["-q", "-p", "no:xdist", "-p", "no:rerunfailures", *paths], [recorder])
    gathering.observe = original
    return found


class _Recorder:
    def __init__(self, found: list[Sample]) -> None:
        self.found, self.test, self.check = found, "", ""

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.test = item.nodeid.rpartition("/")[2]
        self.check = item.path.stem.removeprefix("test_")


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size < 100_000:
            with contextlib.suppress(UnicodeDecodeError):
                yield path.relative_to(folder).as_posix(), path.read_text()


def chosen(all_: list[Sample], most: int) -> Iterator[tuple[Sample, list[str]]]:
    """A few samples for each rule and outcome."""
    seen, counts = set[tuple[str, str]](), Counter[tuple[str, bool]]()
    names = {each.name for each in CHECKS if each.need.kind in ("source", "settings")}
    for each in all_:
        key = (each.check, json.dumps(each.files))
        if each.check not in names or key in seen:
            continue
        seen.add(key)
        found = judged(each, each.files)
        counts[each.check, bool(found)] += 1
        if counts[each.check, bool(found)] <= most:
            yield each, found


def judged(sample: Sample, files: dict[str, str]) -> list[str]:
    folder = Path(tempfile.mkdtemp(prefix="spelled-"))
    try:
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        seen = gathering.observe(folder, Looking())
        check = next(each for each in CHECKS if each.name == sample.check)
        return sorted(each.where for each in check.over(seen))
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
