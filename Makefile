# `make demo` shows the kiosk, `make test` proves it. Both install what they
# need first, ask nothing, and may be run any number of times.

.DEFAULT_GOAL := help
.PHONY: help demo test others faults mutations kill long bench fresh lint install lock clean
.PHONY: deb deb-test

python := .venv/bin/python

# Containers often forbid Python to keep what it has compiled. The tests start it some hundred times.
compiled := env -u PYTHONDONTWRITEBYTECODE $(python)

# how many opening days `make faults` plays, how often `make kill` kills, and how many inputs `make long` fuzzes with
SEEDS ?= 5000
KILLS ?= 300
INPUTS ?= 10000000
FIRST ?= 0

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 18

demo: install ## watch a patron borrow three books (without a display: as pictures, in build/demo)
	@if [ "$$CI" = true ] || [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	    echo "demo: no display here, so a patron borrows three books unseen; this takes about a minute."; \
	    .venv/bin/kiosk demo --headless --journey loan --out build/demo </dev/null || exit; \
	    echo "demo: the pictures and logs are in build/demo."; \
	else \
	    echo "demo: opening two windows, the kiosk and a tray with books, cards and switches. A patron borrows three books,"; \
	    echo "demo: then both are yours: put books on the pad and show a card. Close the kiosk's window to end."; \
	    .venv/bin/kiosk demo --journey loan; \
	fi

test: install lint ## all checks and all tests
	@echo "test: running the tests, in two processes."
	@$(compiled) -m pytest -n 2 --dist loadfile

others: install ## try SIP2 with servers and a client that we did not write, each in an environment of its own
	@bash scripts/others
	@echo "others: trying our SIP2 with pysip2, invenio-sip2 and Sip2; this takes a minute or two."
	@$(python) -m pytest -q -m others tests/others

faults: install ## play SEEDS=5000 opening days full of faults in the laboratory (some minutes)
	@echo "faults: $(SEEDS) opening days, each from a seed of its own, with everything that can go wrong."
	@.venv/bin/kiosk lab --seeds $(FIRST)-$$(($(FIRST) + $(SEEDS) - 1)) --jobs 2

mutations: install ## put sins into copies of the code, and see after how many days the laboratory finds each
	@echo "mutations: each sin must be found within 2000 days; this says how many it took."
	@$(python) -m pytest -q -s -m "long or not long" tests/lab/test_mutations.py

kill: install ## kill the real process KILLS=300 times while it works, and see that it recovers
	@echo "kill: the kiosk's process is killed $(KILLS) times at moments of no choice."
	@$(python) -m kiosk.lab.kill --kills $(KILLS) --jobs 2

long: install ## what takes longer than CI has: 50000 days, all kills, ten million inputs; totals go to the ledger (two hours or three)
	@echo "long: 50000 opening days, $(KILLS) kills, $(INPUTS) inputs to the SIP2 client and to the decoders of tags; what came of them is added to docs/ledger.jsonl."
	@.venv/bin/kiosk lab --seeds $(FIRST)-$$(($(FIRST) + 49999)) --jobs 2 --ledger docs/ledger.jsonl
	@$(python) -m kiosk.lab.kill --kills $(KILLS) --jobs 2 --ledger docs/ledger.jsonl
	@$(python) -m tests.sip2.fuzz --inputs $(INPUTS) --jobs 2 --ledger docs/ledger.jsonl
	@$(python) -m tests.rfid.fuzz --inputs $(INPUTS) --jobs 2 --ledger docs/ledger.jsonl
	@$(python) -m tests.rfid.fuzz --inputs $(INPUTS) --noise 112 --jobs 2 --ledger docs/ledger.jsonl
	@$(python) -m kiosk.lab.reliability > docs/reliability.md

bench: install ## how fast it is, beside what it is measured against (some minutes; build/bench.json)
	@echo "bench: measuring; leave this machine alone meanwhile."
	@$(python) -m benchmarks

fresh: ## prove make demo and make test in fresh roots of Debian 12 and 13 (needs root; an hour)
	@bash scripts/fresh

lint: install ## style, types, and who may import whom
	@echo "lint: checking style, types, and who imports whom."
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

install: ## install what is missing: Debian packages, and .venv from the lock
	@bash scripts/install

lock: ## write the lock files anew, with the newest versions that pyproject.toml allows
	@bash scripts/lock
	@bash scripts/others lock

clean: ## remove everything that was made here
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

deb: install ## build the Debian package for ARCH=amd64 or arm64 (needs root; build/deb/kiosk_VERSION_ARCH.deb)
	@debian/make $(or $(ARCH),amd64)

deb-test: deb ## try the package in a fresh root of Debian 13: lintian, install, self-test, a loan, upgrade, purge (needs root)
	@$(python) -m tests.appliance.said "deb-test ARCH=$(or $(ARCH),amd64)" \
	    sh -c 'debian/make $$0 again && image/in-tools debian/try $$0' $(or $(ARCH),amd64)

.PHONY: units
units: ## how exposed the services are, by Debian 13's systemd (in the tool root; needs root)
	@bash systemd/analyze

.PHONY: image-test image-ci

image-test: install ## boot the image in QEMU and try everything (ARCH=, KERNEL=, ONLY=first-boot,refused; needs root; two hours or more)
	@$(python) -m tests.appliance --arch $(or $(ARCH),amd64) --kernel $(or $(KERNEL),stable) --only "$(ONLY)"

image-ci: ## the amd64 image, its first boot and a loan: what every change must pass
	@$(MAKE) --no-print-directory image ARCH=amd64
	@$(MAKE) --no-print-directory image-test ARCH=amd64 ONLY=first-boot

.PHONY: bundle rauc-test rauc-record

bundle: ## sign an update of the image that `make image` has made (ARCH=arm64|amd64, KERNEL=, CERT= KEY= KEYRING=; build/image)
	@image/bundle $(or $(ARCH),amd64) $(or $(KERNEL),stable)

rauc-test: install ## try kiosk update with the real RAUC of Debian 13, and slots that are files (in the tool root; needs root; a minute)
	@$(python) -m tests.appliance.said rauc-test $(python) -m pytest -q -m rauc tests/update/real

rauc-record: install ## write anew what the tests of kiosk update know of RAUC's answers (tests/update/recorded; needs root)
	@$(python) -m tests.update.real.recording

.PHONY: image image-repro
image: install ## build the appliance's card image for ARCH=amd64 or arm64, KERNEL=stable or backports (needs root; build/image)
	@image/make $(or $(ARCH),amd64) $(or $(KERNEL),stable)

image-repro: install ## build the image twice, the second time from nothing, and compare bit for bit (needs root)
	@$(python) -m tests.appliance.said "image-repro ARCH=$(or $(ARCH),amd64)$(if $(KERNEL), KERNEL=$(KERNEL))" \
	    image/again $(or $(ARCH),amd64) $(or $(KERNEL),stable)
