.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO ?= cargo
LOG := .orderweaver/orderweaver.log
# What `make run` leaves out, because it takes long to build.
FEATURES := orderweaver/kafka

# Durable servers, apart from those of the tests, that are gone at the end.
BENCH_SERVERS := PG_DURABLE=1 KAFKA_OPTIMISED=1 \
	ORDERWEAVER_SERVICES=$${TMPDIR:-/tmp}/orderweaver-bench-$$(id -u) scripts/services.sh run

.PHONY: help run up down logs e2e e2e-apart e2e-containers build test planted chaos contract \
	coverage bench bench-postgres bench-distributed micro load lint format mypy deny audit tidy \
	generate gen-protos

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-17s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)

run: ## Build and start a whole shop with sample orders (ports 8001 to 8004, data in ./.orderweaver)
	@scripts/toolchain.sh
	@echo "Building orderweaver (the first time takes some minutes) ..."
	$(CARGO) build --locked --package orderweaver
	@mkdir -p $(dir $(LOG))
	./target/debug/orderweaver dev 2> >(tee -a -i $(LOG) >&2)

up: ## Start the four services in containers, with databases, Redpanda and tools (needs Docker)
	docker compose up --detach --build --wait

down: ## Stop the containers of `make up`; what they have stored stays
	docker compose down

logs: ## Follow the logs of `make up` if that runs, else the log of `make run`
	@mkdir -p $(dir $(LOG)) && touch $(LOG)
	@if [ -n "$$(docker compose ps --quiet 2>/dev/null)" ]; \
		then docker compose logs --follow --tail 50; else tail -n 50 -F $(LOG); fi

e2e: ## Build, start, ask for health, place an order, show what became of it and the log, stop
	@scripts/toolchain.sh
	$(CARGO) build --locked --package orderweaver
	scripts/e2e.sh

e2e-apart: ## The same with a process and a database for each service, and Kafka between them
	@scripts/toolchain.sh kafka
	$(CARGO) build --locked --package orderweaver --features $(FEATURES)
	scripts/services.sh run scripts/e2e.sh apart

e2e-containers: ## The same in the containers of docker-compose.yml (needs Docker)
	scripts/e2e.sh containers

build: ## Build the fast binary, target/release/orderweaver (takes longer)
	@scripts/toolchain.sh kafka
	$(CARGO) build --release --locked --package orderweaver --features $(FEATURES)

test: ## Run every test: rules, engine, stores, services, the real servers, the simulator
	@scripts/toolchain.sh kafka
	scripts/services.sh run $(CARGO) test --workspace --locked --features $(FEATURES)
	@$(MAKE) --no-print-directory planted

planted: ## Plant each known bug and see the simulator find it
	@scripts/toolchain.sh
	$(CARGO) test --release --locked --package sim --features planted --test planted -- --nocapture

chaos: ## Kill, stop and cut off services, PostgreSQL and Kafka under load (SEED=1 MINUTES=10 KEEP=)
	@scripts/toolchain.sh kafka
	$(CARGO) build --release --locked --package orderweaver --package chaos --features $(FEATURES)
	./target/release/chaos --seed $(or $(SEED),1) --minutes $(or $(MINUTES),10) $(if $(KEEP),--keep)

contract: ## Hold the API against the real server with schemathesis, spectral, newman, promtool
	@scripts/toolchain.sh
	scripts/contract.sh

coverage: ## Run the tests and print how many lines they reach
	@scripts/toolchain.sh kafka
	scripts/coverage.sh

bench: build ## Run the benchmark with the fast binary
	./target/release/orderweaver bench $(ARGS)

bench-postgres: build ## The same on PostgreSQL, which is installed and started for it
	$(BENCH_SERVERS) postgres -- \
		bash -c './target/release/orderweaver bench --store "$$DATABASE_URL" $(ARGS)'

bench-distributed: ## The same with four processes on PostgreSQL and Kafka, installed and started
	@scripts/toolchain.sh kafka
	$(CARGO) build --release --locked --package orderweaver --features $(FEATURES)
	$(BENCH_SERVERS) ./target/release/orderweaver bench --distributed $(ARGS)

micro: ## Time the parts: decisions, codecs, a round, the check of one order
	@scripts/toolchain.sh
	$(CARGO) bench --locked --package micro

load: ## Put the running shop under load with k6 (RATE=500 DURATION=1m)
	PATH="$$(scripts/tools.sh k6)" k6 run $(if $(RATE),-e RATE=$(RATE)) \
		$(if $(DURATION),-e DURATION=$(DURATION)) k6/load.js

lint: ## Check format and lints; warnings are errors
	@scripts/toolchain.sh kafka
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked --features $(FEATURES) -- -D warnings

format: ## Format the code
	@scripts/toolchain.sh
	$(CARGO) fmt --all

mypy: ## Check the types (cargo check)
	@scripts/toolchain.sh kafka
	$(CARGO) check --workspace --all-targets --locked --features $(FEATURES)

deny: ## Check licenses, sources and versions of the dependencies
	@scripts/toolchain.sh
	PATH="$$(scripts/tools.sh cargo-deny)" cargo deny check licenses bans sources

audit: ## Look for known vulnerabilities of the dependencies (needs the network)
	@scripts/toolchain.sh
	PATH="$$(scripts/tools.sh cargo-deny)" cargo deny check advisories

tidy: ## Hold the rules of the house
	@scripts/toolchain.sh
	$(CARGO) test --package xtask --locked

generate: ## Write the generated files
	@scripts/toolchain.sh
	$(CARGO) xtask generate

gen-protos: ## Build the types of proto/ and write the tables made from them
	scripts/gen_protos.sh
