# Everything one does with the project, by name; "make" alone lists it. Needs GNU make, bash and Go 1.26 or newer.
#
# Nothing is fetched but Go modules, through the module proxy, Debian packages, by scripts/test-deps.sh, and what "make vendor" names.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

GO ?= go
# What tests, benchmarks and fuzzing run on: make test PKG=./engine/...
PKG ?= ./...
# Arguments of run and demo: make demo ARGS='-listen 127.0.0.1:9000'
ARGS ?=
BENCH ?= .
FUZZTIME ?= 15s
IMAGE ?= kartka

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

VERSION = $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
BUILD = -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)'

.PHONY: help
help: ## list the targets
	@echo 'usage: make TARGET [PKG=./engine/...] [ARGS=...]'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- run

.PHONY: demo
demo: | need-go ## play a seeded café and barbershop in the browser
	$(GO) run ./cmd/kartka demo $(ARGS)

.PHONY: run
run: | need-go ## run a shop, configured by KARTKA_* variables
	$(GO) run ./cmd/kartka serve $(ARGS)

# --- test

# Each package with a database starts a PostgreSQL and a Redis of its own on loopback, and a watchdog ends them; nothing is
# shared, so that packages can run side by side and a test may crash its server. KARTKA_TEST_POSTGRES_URL and
# KARTKA_TEST_REDIS_URL name running servers to use instead.
.PHONY: test
test: | need-go ## install what tests run against, vet, and run every test
	@scripts/test-deps.sh
	$(GO) vet $(PKG)
	@$(GO) test -vet=off -timeout 25m $(PKG)

.PHONY: race
race: | need-go ## run every test under the race detector (needs gcc)
	@command -v gcc >/dev/null || { echo 'make race: the race detector needs gcc: apt-get install gcc libc6-dev' >&2; exit 1; }
	@scripts/test-deps.sh
	CGO_ENABLED=1 $(GO) test -race -count=1 -timeout 60m $(PKG)

.PHONY: cover
cover: | need-go ## run every test and write dist/cover.html
	@scripts/test-deps.sh
	@mkdir -p dist
	$(GO) test -timeout 25m -coverpkg=./... -coverprofile=dist/cover.out $(PKG)
	@$(GO) tool cover -html=dist/cover.out -o dist/cover.html
	@$(GO) tool cover -func=dist/cover.out | tail -n 1

.PHONY: bench
bench: | need-go ## benchmark the hot paths: make bench PKG=./engine/... BENCH=Evaluate
	@scripts/test-deps.sh postgres redis
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 60m $(PKG)

.PHONY: fuzz
fuzz: | need-go ## fuzz every parser for FUZZTIME each
	@for pkg in $$($(GO) list $(PKG)); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "--- $$pkg $$f"; \
			$(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

# --- check

.PHONY: check
check: | need-go ## gofmt, vet, go mod tidy, staticcheck, and the rules of the house
	@echo '--- gofmt'
	@unformatted=$$("$$($(GO) env GOROOT)/bin/gofmt" -l $$(find . -name '*.go' -not -path './.git/*')); \
		if [ -n "$$unformatted" ]; then echo "gofmt -w is needed on:" >&2; echo "$$unformatted" >&2; exit 1; fi
	@echo '--- go vet'
	@$(GO) vet ./...
	@echo '--- go mod tidy'
	@$(GO) mod tidy -diff
	@$(GO) mod verify
	@echo '--- staticcheck'
	@$(GO) run $(STATICCHECK) ./...
	@echo '--- import law, documents, secrets'
	@$(GO) test -count=1 ./house

# --- pages

.PHONY: screens
screens: | need-go ## write pictures of every page to dist/screens, and an index.html to look at
	@scripts/test-deps.sh chromium
	KARTKA_SCREENS='$(CURDIR)/dist/screens' $(GO) test -count=1 -timeout 30m -run '^TestScreensShowEveryPage$$' ./cmd/kartka
	@echo 'open dist/screens/index.html'

.PHONY: lighthouse
lighthouse: | need-go ## measure the card of a running demo with Lighthouse (optional: needs node and npx)
	@command -v npx >/dev/null || { echo 'make lighthouse: npx runs Lighthouse, and is not here: https://nodejs.org' >&2; exit 1; }
	@scripts/test-deps.sh chromium
	node scripts/lighthouse.mjs '$(or $(DEMO),http://127.0.0.1:8080)'

# --- files of others

.PHONY: vendor
vendor: | need-go ## bring the files of other projects that pages load (needs npm)
	@command -v npm >/dev/null || { echo 'make vendor: npm fetches the packages: apt-get install npm' >&2; exit 1; }
	$(GO) run ./miniapp/ui/vendoring

# --- build

.PHONY: build
build: | need-go ## build the static binary dist/kartka
	@mkdir -p dist
	CGO_ENABLED=0 $(GO) build $(BUILD) -o dist/kartka ./cmd/kartka

.PHONY: docker
docker: ## build the container image (needs an engine)
	@docker version >/dev/null 2>&1 || { echo 'make docker: no container engine answers on this machine' >&2; exit 1; }
	docker build --build-arg VERSION='$(VERSION)' --tag $(IMAGE) .

.PHONY: clean
clean: ## remove what was built; databases and keys stay
	rm -rf dist kartka

.PHONY: need-go
need-go:
	@command -v $(GO) >/dev/null || { echo 'make: Go 1.26 or newer is needed and there is no "$(GO)" here: https://go.dev/dl/' >&2; exit 1; }
	@$(GO) list -m >/dev/null || { echo "make: Go 1.26 or newer is needed: https://go.dev/dl/ (here: $$(GOTOOLCHAIN=local $(GO) version))" >&2; exit 1; }
