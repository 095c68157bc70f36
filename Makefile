# Everything a person or a machine does with pg_member. `make` lists it; scripts/ and tests/*/run.sh do the work.
.DEFAULT_GOAL := help
.PHONY: help demo demo-stop test regress-accept bench fuzz install lint clean distclean

# The PostgreSQL major: 15, 16, 17 or 18 (pgrx.toml says where each is).
PG ?= 15
export PG ONLY TEST

help: ## Show this list
	@awk -F ' *## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "  make %-16s %s\n", $$1, $$2 }' Makefile
	@echo "  PG=15|16|17|18   which PostgreSQL (default 15)"
	@echo "  ONLY=lint|domain|sinks|regress|isolation|client|workers|restore|docs   which suites (several with commas)"
	@echo "  TEST=name        one file of a suite"

demo: ## Build, start a private PostgreSQL and tell a short story in it
	@scripts/demo.sh

demo-stop: ## Stop the demo's PostgreSQL and delete it
	@scripts/demo-stop.sh

test: ## Set up and run all tests
	@scripts/test.sh

regress-accept: ## Take what the regression and isolation tests show now as right (look at git diff!)
	@ACCEPT=1 ONLY=regress,isolation scripts/test.sh

bench: ## Measure, side by side with plain SQL
	@scripts/bench.sh

fuzz: ## Fuzz every target for SECONDS_EACH (60) seconds
	@scripts/fuzz.sh

install: ## Install the release build into the PostgreSQL of pgrx.toml
	@scripts/install.sh

lint: ## Format, lints, scripts
	@ONLY=lint scripts/test.sh

clean: ## Remove what was built and what still runs; keep fetched servers and tools
	@scripts/clean.sh

distclean: ## Remove target/ as a whole
	@scripts/clean.sh all
