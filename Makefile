# Thin on purpose: CMake builds, tests/run tests. These are the names people try first.
SHELL := /bin/bash
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
PRESET ?= release
# What is used; the tests and benchmarks build everything.
TARGETS ?= teal ngx_http_teal_module teal_demo teal_demo_app teal_docker_demo

.PHONY: help deps build demo demo-docker test test-nginx-versions test-postgresql-versions bench \
	bench-guard install uninstall format tidy clean
.DEFAULT_GOAL := build

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | \
	    expand -t 26

deps: ## install what building and testing needs (Debian, Ubuntu)
	@build-support/install-dependencies

build: ## build/cli/teal and build/nginx-module/ngx_http_teal_module.so
	@cmake --preset $(PRESET) --log-level=WARNING > /dev/null
	@cmake --build --preset $(PRESET) -j $(JOBS) --target $(TARGETS)

demo: deps build ## two versions of a small service behind nginx, and a switch between them
	@conf/demo/run.sh

demo-docker: deps build ## the compose shop deployed on a docker engine, with visitors
	@conf/demo/run-docker.sh

test: deps ## every suite; SUITES="unit integration" runs some
	@$(MAKE) --no-print-directory build PRESET=ci TARGETS=all
	@tests/run $(SUITES)

test-nginx-versions: ## the module and its tests on the nginx of Debian 12, 13 and sid (root)
	@build-support/test-nginx-versions

test-postgresql-versions: deps ## teal db on PostgreSQL 13, 14, 16, 17 and 18 (root, docker)
	@$(MAKE) --no-print-directory build PRESET=ci TARGETS="teal ngx_http_teal_module \
	    teal_database_tests teal_e2e_tests"
	@build-support/test-postgresql-versions

bench: ## every benchmark, one after the other
	@$(MAKE) --no-print-directory build TARGETS=all
	@tests/bench/run build/tests/bench

bench-guard: ## how soon a failing canary is tripped, 30 runs each; RUNS=N HEALTHY=SECONDS
	@$(MAKE) --no-print-directory build TARGETS="bench_guard bench_false_trips"
	@build/tests/bench/bench_guard $(or $(RUNS),30) $(or $(HEALTHY),0)
	@build/tests/bench/bench_false_trips

install: ## DESTDIR and PREFIX are respected; builds nothing, run make build first
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" build-support/install-files install

uninstall: ## remove what make install put there
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" build-support/install-files uninstall

format: ## clang-format, in place
	@git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs -r clang-format -i

tidy: ## clang-tidy on every source; a finding is an error
	@cmake --preset tidy --log-level=WARNING > /dev/null
	@cmake --build --preset tidy -j $(JOBS)

clean: ## remove every build directory
	rm -rf build build-asan build-tsan build-fuzz build-dev build-tidy
