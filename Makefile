# The commands of the project; `make` alone prints them. Each installs what it needs first
# (dev/install.sh, from Debian's packages) and is quick when nothing is missing.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# The demo's settings; dev/stack.sh tells of all of them.
XMPP ?= ejabberd
export XMPP PORT

# There are no examples. Asked for them, cargo builds the dependencies with the features that the
# tests want too, so that the demo, the tests and the documentation share one build.
SHARED := --locked --examples
web_sources := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

##@ Run and test
.PHONY: demo test check chaos

demo: install-demo binary ## Run XMPP server, SmartServers and gateway (XMPP=prosody, PORT=8080)
	@dev/demo.sh

test: install-test web/dist/index.html ## Run every test: Rust, web, browser, API fuzzer
	@dev/test.sh

chaos: install-test web/dist/index.html ## Random faults under load (MINUTES=30, SERVER=ejabberd, SEED=1)
	NOCGATE_CHAOS_MINUTES=$(MINUTES) NOCGATE_CHAOS_SERVER=$(SERVER) NOCGATE_CHAOS_SEED=$(SEED) \
	  cargo test --locked --test it chaos::soak -- --ignored --nocapture

check: fmt scripts compose licences unused lint doc web-check generated ## Run every check that is not a test

##@ Build
.PHONY: build binary generate clean

build: install-build web/dist/index.html ## Build target/release/nocgate, dashboard included
	cargo build --release --locked

binary: install-build web/dist/index.html ## Build target/debug/nocgate, which demo and tests run
	cargo build $(SHARED) --bins

generate: binary ## Write the files that the code generates: OpenAPI document, TypeScript client
	target/debug/nocgate openapi > openapi/openapi.json
	npm --prefix web run api

clean: ## Remove what was built
	rm -rf target web/dist web/node_modules

##@ Measure
.PHONY: screenshots bench-dashboard bench

screenshots: install-test binary ## Take pictures of every screen of the dashboard (ARGS=part of a name)
	@dev/demo.sh node tests/e2e/screenshots.mjs $(ARGS)

bench-dashboard: install-test binary ## Measure the dashboard in a browser (SMARTSERVERS=5000, POINTS=20)
	@SMARTSERVERS=$(or $(SMARTSERVERS),5000) POINTS=$(or $(POINTS),20) OFFLINE=20 SLOW=20 POLL_EVERY=0 \
	  PUSH_EVERY=60 BUSY=1 dev/stack.sh node tests/e2e/load.mjs

bench: install-bench web/dist/index.html ## Measure the gateway, beside raw XMPP clients (ARGS=--help)
	cargo bench --quiet --locked --bench live -- $(ARGS)

##@ Single checks
.PHONY: fmt scripts compose licences unused lint doc web-check generated

fmt: ## Formatting
	cargo fmt --check

scripts: install-checks ## shellcheck
	shellcheck -x -S warning .ci/run $(wildcard dev/*.sh dev/*/*.sh)

compose: install-checks ## docker-compose accepts its file
	docker-compose config --quiet

lint: install-build web/dist/index.html ## clippy
	cargo clippy $(SHARED) --all-targets -- -D warnings

doc: install-build web/dist/index.html ## Documentation: broken links
	RUSTDOCFLAGS='-D warnings' cargo doc $(SHARED) --lib --no-deps

licences: install-rust-tools ## Licences, banned crates and sources (deny.toml)
	target/tools/bin/cargo-deny --locked check --hide-inclusion-graph bans licenses sources

unused: install-rust-tools ## Unused dependencies
	target/tools/bin/cargo-machete

web-check: web/node_modules/.package-lock.json ## Format, lint and types of the dashboard
	npm --prefix web run check

generated: binary ## Generated files are as the code makes them
	diff -u openapi/openapi.json <(target/debug/nocgate openapi)
	diff -u nocgate.default.toml <(target/debug/nocgate default-config)

# ---- Not for calling by hand

.PHONY: help install-demo install-test install-bench install-build install-rust-tools install-checks

help:
	@awk -F ':.*## ' \
	  '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
	   /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

install-demo:
	@dev/install.sh build $(XMPP)

install-test:
	@dev/install.sh build xmpp postgres browser fuzz

install-bench:
	@dev/install.sh build xmpp pinning

install-build:
	@dev/install.sh build

install-rust-tools:
	@dev/install.sh rust-tools

install-checks:
	@dev/install.sh compose shell

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	npm --prefix web ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(web_sources)
	npm --prefix web run build
	@touch $@
