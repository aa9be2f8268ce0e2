"""The planted faults: each can still be planted into today's samples."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


def test_each_fault_can_be_planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH / "faults"))
    monkeypatch.syspath_prepend(str(BENCH))
    import doctor  # type: ignore[import-not-found]

    stale = []
    with ExitStack() as opened:
        ground = doctor.prepared(opened)
        for number, fault in enumerate(doctor.FAULTS):
            project = tmp_path / str(number) / ground.samples[fault.sample].name
            shutil.copytree(ground.samples[fault.sample], project)
            try:
                fault.plant(project)
            except (OSError, ValueError, subprocess.CalledProcessError) as problem:
                stale.append(f"{fault.name}: {problem}")
            shutil.rmtree(project.parent)
    assert stale == []
