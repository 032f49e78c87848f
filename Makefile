# SPDX-License-Identifier: BSD-2-Clause
# Thin: each line is one tool. `make check` takes under a minute; ./runtests is everything.
PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)
CODE := $(filter-out tests benchmarks,$(sort $(patsubst %/__init__.py,%,$(wildcard */__init__.py))))
PURE := tests/test_streets.py $(wildcard tests/*/core tests/*/*/core tests/cloudinabox tests/contracts tests/access tests/wire)

.PHONY: check lint types pure drift test soak bench peers wsdl conformance docs rpm format news

check: lint types pure drift

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types:
	$(PYTHON) -m mypy $(CODE)

pure:
	$(PYTHON) -m pytest -q -x -n 2 $(PURE)

drift:
	$(PYTHON) -m eucalyptus.cli.wsdl --check wsdl

format:
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

test:
	./runtests

soak:
	SOAK=1 ./runtests -m "soak or not soak"

bench: peers
	@for one in benchmarks/[a-z]*.py; do $(PYTHON) $$one || missed=1; done; exit $${missed:-0}

peers:
	@command -v nginx /usr/sbin/nginx >/dev/null || { echo "Install nginx-light: benchmarks compare with it." >&2; exit 1; }
	@$(PYTHON) -c "import moto.server" 2>/dev/null || $(PYTHON) -m pip install -q -e ".[bench]"

wsdl:
	$(PYTHON) -m eucalyptus.cli.wsdl wsdl

docs:
	$(PYTHON) -m eucalyptus.cli.docs build/docs

conformance:
	$(PYTHON) -m tests.conformance

rpm:
	rpm/build build/rpm

news:
	$(PYTHON) -m towncrier build --draft --version next
