# Nothing is assumed but Python 3.11 or newer, make and the package registries.
# A stamp in .venv stands for what is installed: while the locks stay as they are, no network is used.

PYTHON = .venv/bin/python
PIP = $(PYTHON) -m pip --disable-pip-version-check --no-input
INSTALL = $(PIP) install --quiet --require-hashes -r
INSTALL_US = $(PIP) install --quiet --no-deps --no-build-isolation -e .

# Two at once, each with services of its own; a file stays together, and what takes longest begins.
AT_ONCE = -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: run test check bench

run: export HOTLINE_DEMO ?= 1
run: .venv/.installed
	@exec $(PYTHON) -m web.run.cli up

test: .venv/.installed-dev
	@if .ci/chromium; then \
		exec $(PYTHON) -m pytest $(AT_ONCE); \
	else \
		echo "Browser tests are left out: no Chromium with a Chinese font here, and none could be installed."; \
		exec $(PYTHON) -m pytest $(AT_ONCE) -p tests.support.browserless; \
	fi

check: .venv/.installed-dev
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -c "from importlinter.cli import lint_imports_command as lint; lint()"
	$(PYTHON) -m mypy
	$(PYTHON) -m web.run.cli db check --temporary
	$(PYTHON) -m web.i18n check
	$(PYTHON) -m codespell_lib -L heping,halp,titel,nd,checkin hotline credit web migrations tests bench docs *.md
	$(PYTHON) -m djlint --lint --quiet web/templates

bench: .venv/.installed-dev
	$(PYTHON) -m bench

.venv/.python:
	@if .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		touch $@; exit; \
	fi; \
	python=; for each in python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			python=$$each; break; \
		fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 or newer is needed; this machine has: $$(python3 --version 2>&1)" >&2; \
		exit 1; \
	fi; \
	$$python -m venv --clear .venv || { \
		echo "$$python lacks venv or pip; on Debian and Ubuntu: apt-get install python3-venv" >&2; \
		exit 1; \
	}; \
	touch $@

.venv/.installed: .venv/.python requirements.lock pyproject.toml
	@echo "Installing the locked dependencies ..."
	@$(INSTALL) requirements.lock
	@$(INSTALL_US)
	@touch $@

.venv/.installed-dev: .venv/.python requirements-dev.lock pyproject.toml
	@echo "Installing the locked dependencies and the tools ..."
	@$(INSTALL) requirements-dev.lock
	@$(INSTALL_US)
	@touch .venv/.installed $@
