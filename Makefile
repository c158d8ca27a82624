.DEFAULT_GOAL := help
CARGO ?= cargo

.PHONY: help run test planted lint format build tidy generate

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Build and start a whole shop with sample orders (ports 8001 to 8004, data in ./.orderweaver)
	@scripts/toolchain.sh
	@echo "Building orderweaver (the first time takes some minutes) ..."
	$(CARGO) build --locked --package orderweaver
	./target/debug/orderweaver dev

test: ## Run every test: rules, engine, stores, services, the real server, the simulator
	@scripts/toolchain.sh
	$(CARGO) test --workspace --locked
	@$(MAKE) --no-print-directory planted

planted: ## Plant each known bug and see the simulator find it
	$(CARGO) test --release --locked --package sim --features planted --test planted -- --nocapture

lint: ## Check format and lints; warnings are errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

format: ## Format the code
	$(CARGO) fmt --all

build: ## Build the fast binary, target/release/orderweaver (takes longer)
	@scripts/toolchain.sh
	$(CARGO) build --release --locked --package orderweaver

tidy: ## Hold the rules of the house
	$(CARGO) test --package xtask --locked

generate: ## Write the generated files
	$(CARGO) xtask generate
