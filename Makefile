# make demo               run the bundled research hierarchy, then serve the dashboard on it
# make test               run every check and every test
#
# Both make .venv first; a second call installs nothing. PYTHON=... names the interpreter, ARGS=... goes to the demo.

VENV := .venv
BIN := $(VENV)/bin

# Without it pyright asks the package index for its newest version at every start.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.PHONY: demo test clean

demo: $(VENV)/.installed-demo
	$(BIN)/tierscope demo $(ARGS)

test: $(VENV)/.installed-test
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/tierscope eval run datasets/suites/research.yaml
	$(BIN)/pytest -n 2

$(VENV)/.installed-demo: EXTRAS := retention,dashboard
$(VENV)/.installed-test: EXTRAS := all,dev

# The tests' set holds the demo's, so that the demo after the tests installs nothing either.
$(VENV)/.installed-%: pyproject.toml constraints.txt
	@.ci/find-python $(BIN)/python >/dev/null 2>&1 || { \
	    python=$$(.ci/find-python $(if $(PYTHON),"$(PYTHON)")) && "$$python" -m venv --clear $(VENV); }
	@echo "Installing tierscope[$(EXTRAS)] into $(VENV); the first time this takes a few minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$(EXTRAS)]"
	@touch $@ $(if $(filter test,$*),$(VENV)/.installed-demo)

clean:
	rm -rf $(VENV)
