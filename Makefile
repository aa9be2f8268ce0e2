# Two commands on a bare machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Every command that a test starts would compile this project anew.
unexport PYTHONDONTWRITEBYTECODE
# Half of the time tests wait for what they started.
WORKERS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)

.PHONY: demo test quick check format bench reading eval soak matrix faults screenshots fuzz mutate spellings rules wild size real-model clean

demo: $(READY)
	@$(BIN)/python examples/demo.py $(if $(ONCE),--once) $(if $(MODEL),--model $(MODEL))

test: $(READY) check
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 25 --reruns 2

# What reads and decides, without a process, and one in six cases of it: about a minute on two cores.
quick: $(READY) check
	@$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder -m "not processes and not further"

# What a turn costs beside the bare SDK (and beside REFERENCE=FILE with an ASGI `app`), and how the
# store compares with bare statements; WRITE=1 puts the turn's figures into docs/performance.md.
bench: $(READY)
	@$(BIN)/python bench/turn.py $(if $(REFERENCE),--reference $(REFERENCE)) $(if $(WRITE),--write)
	@$(BIN)/python bench/store.py

# How fast projects are read and planned; FOLDERS="a b" times these as well.
reading: $(READY)
	@$(BIN)/python bench/reading.py $(FOLDERS)

soak: $(READY)
	@$(BIN)/python bench/soak.py $(or $(MINUTES),10) $(or $(USERS),64) $(or $(WORKERS),2)

# The assistant, scored: with a real model (OPENAI_API_KEY), else against a scripted adversary.
eval: $(READY)
	@$(BIN)/python bench/eval.py $(APPS)

# The delivered chat with a real open model, in an environment of its own (.real-model), which is
# compiled the first time. No part of `make test`.
real-model: $(READY)
	@$(BIN)/python examples/local_model.py
	@REAL_MODEL=1 $(BIN)/python -m pytest -q -p no:xdist tests/real_model

# The delivered code on every supported Python, with the oldest and the newest libraries, and with each
# minor version: what a chat can feel of it, or with WHOLE=1 every test. JOBS=2 runs two rows at once.
matrix: $(READY)
	@$(BIN)/python bench/matrix.py --jobs $(or $(JOBS),1) $(if $(WHOLE),--whole) $(NAMES)

# One fault after another in healthy samples, and what the doctor makes of each.
faults: $(READY)
	@$(BIN)/python bench/doctor.py $(NAMES)

# Every sample of the rules' tests, spelled otherwise: each rule has to find the same.
spellings: $(READY)
	@$(BIN)/python bench/spellings.py $(PATHS)

# The pages of the docs on rules, from their declarations.
rules: $(READY)
	@$(BIN)/python -c 'from pathlib import Path; from chatkit_agent.checks.rule_docs import write_pages; write_pages(Path("docs"))'

# The readers under a coverage-guided fuzzer, for some minutes; Linux only.
fuzz: $(READY)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python atheris
	@$(BIN)/python bench/fuzz.py $(or $(MINUTES),5)

# The rules that keep people apart, with one place changed each time: their tests have to notice.
mutate: $(READY)
	@$(BIN)/uv run --no-project --quiet --with cosmic-ray --with setuptools \
		python bench/mutate.py --python $(abspath $(BIN)/python) --most $(or $(MOST),40) $(MODULES)

# Pictures of the page and the console for README and docs, from the example; needs Chromium.
screenshots: $(READY)
	@$(BIN)/python examples/screenshots.py $(FOLDER)

# Real applications in a folder of checkouts, each tried from `inspect` to `undo`.
wild: $(READY)
	@$(BIN)/python bench/wild.py $(FOLDER) --page docs/wild.md

# The delivered code, file by file, as docs/size.md has it; WRITE=1 puts it in there.
size: $(READY)
	@$(BIN)/python bench/size.py $(if $(WRITE),--write)

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "Python 3.10 or newer is needed; name one with: make PYTHON=python3.12"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (about half a minute, only this time)"
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "This Python cannot make environments; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt uv
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e '.[dev]' \
		| awk '/^Collecting/ {n++; if (n % 10 == 0) {print "  " n " packages"; fflush()}} /^Installing/ {print "  installing"; fflush()}'
	@$(BIN)/python -c 'import chatkit_agent, pytest, mypy'
	@touch $(READY)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
