"""Changes the rules that keep people apart, one place at a time: their tests have to notice each.

usage: mutate.py [--most N] [MODULE ...]

A module is a path below `src/chatkit_agent`; without any, the rules on who somebody is and what
they rest on. Each of its mutants is tried in a copy with the module's own tests; the survivors are
printed, with the share that was noticed. It ends with 1 where a module has less than 80 %. The
mutants are those of cosmic-ray, which the Makefile brings for this alone.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

HERE = Path(__file__).parent.parent
SOURCE = Path("src/chatkit_agent")
MODULES = (
    "checks/rules/identity/users_isolated.py",
    "checks/rules/identity/claims_not_from_client.py",
    "checks/rules/identity/secret_out_of_source.py",
    "checks/rules/identity/algorithms_fixed.py",
    "checks/rules/logs/tokens_verified.py",
    "project/source/verifying.py",
)
WITH_MORE = {"project/source/verifying.py": ("tests/checks/rules/identity",)}
ENOUGH = 0.8
SECONDS = 300


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--most", type=int, default=40, help="mutants of each module")
    parser.add_argument("--python", default=sys.executable, help="whose environment runs the tests")
    parser.add_argument("modules", nargs="*", default=MODULES)
    options = parser.parse_args()
    print("| module | mutants | noticed | |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = copied(Path(folder))
        shares = [tried(copy, each, options.most, options.python) for each in options.modules]
    return 0 if all(share >= ENOUGH for share in shares) else 1


def copied(folder: Path) -> Path:
    for name in ("src", "tests", "bench", "examples"):
        shutil.copytree(HERE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "pyproject.toml", folder)
    return folder


def tried(copy: Path, module: str, most: int, python: str) -> float:
    path = copy / SOURCE / module
    code = path.read_text()
    tests = [*tests_of(copy, module)]
    if not passes(copy, tests, python):
        raise SystemExit(
            f"The tests of {module} fail, or take too long, without any mutant: {' '.join(tests)}"
        )
    found = sorted(set(mutants(code)))
    chosen = random.Random(module).sample(found, min(most, len(found)))
    survivors = []
    for number, each in enumerate(chosen):
        path.write_text(each)
        os.utime(path, (number, number))  # bytecode is told from older one by the second
        if passes(copy, tests, python):
            survivors.append(each)
    path.write_text(code)
    noticed = len(chosen) - len(survivors)
    share = noticed / len(chosen) if chosen else 1.0
    row = f"| {module} | {len(chosen)} of {len(found)} | {noticed} | {share:.0%} |"
    print(row, flush=True)
    for each in survivors:
        print("\n".join(change(code, each)), flush=True)
    return share


def tests_of(copy: Path, module: str) -> Iterator[str]:
    """`tests/x/test_y.py` of `x/y.py`, those that stand beside it, and what else looks at it."""
    folder, _, name = module.rpartition("/")
    beside = (copy / "tests" / folder).glob(f"test_{name.removesuffix('.py')}*.py")
    yield from (str(each.relative_to(copy)) for each in sorted(beside))
    yield from WITH_MORE.get(module, ())


def passes(copy: Path, tests: list[str], python: str) -> bool:
    command = [python, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:randomly"]
    command += ["-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy / "src")}
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def mutants(code: str) -> Iterator[str]:
    """The code with one change each; not those that only annotations would show."""
    meant = without_annotations(code)
    for name in (each for each in operator_names() if "Variable" not in each):
        for number in range(len(code)):
            changed = mutate_code(code, get_operator(name)(), number)
            if changed is None:
                break
            if without_annotations(changed) not in (None, meant):
                yield changed


def without_annotations(code: str) -> str | None:
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return ast.dump(tree)


def change(code: str, mutant: str) -> Iterator[str]:
    lines = difflib.unified_diff(code.splitlines(), mutant.splitlines(), n=0, lineterm="")
    yield from (f"    {line}" for line in list(lines)[2:])


if __name__ == "__main__":
    sys.exit(main())
