# SPDX-License-Identifier: MIT
#
# make            the targets
# make demo       the story, end to end, in a VM
# make test       the tests; ends with a line of counts

VERSION := $(shell cat VERSION)
KDIR ?= /lib/modules/$(shell uname -r)/build
O ?= $(CURDIR)/build
PREFIX ?= /usr/local
KERNEL ?= 6.12

export VERSION

# Kbuild has an O= of its own: what is given here does not go down by itself.
# The rest does: it heeds W=, C= or CC= on its own command line only.
KBUILD_VARS := $(filter-out O=% VERSION=%,$(MAKEOVERRIDES))
MAKEOVERRIDES =

.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

all: module userspace ## module for the running kernel, daemon and CLI

# Kbuild leaves objects beside the sources, so it works on a copy of them:
# several kernels can be built from one tree.
module: ## gwsteer.ko in O= (build/), for KDIR= (the running kernel)
	@test -e "$(KDIR)/Makefile" || { \
		echo "no kernel headers in $(KDIR): apt-get install linux-headers-$$(uname -r)" >&2; \
		exit 1; }
	@mkdir -p "$(O)/module"
	@tar -cf - $(wildcard Kbuild VERSION kmod include tests/kunit tests/unit) | \
		tar -C "$(O)/module" -xf -
	$(MAKE) -C "$(KDIR)" M="$(abspath $(O))/module" GWS_KUNIT=$(GWS_KUNIT) \
		$(KBUILD_VARS) modules
	@cp "$(O)"/module/*.ko "$(O)/"

userspace: ## gwsteerd and gwctl in O= (build/)
	$(MAKE) -C userspace O="$(abspath $(O))"

install: userspace ## daemon, CLI, man pages and systemd unit; DESTDIR=, PREFIX=
	$(MAKE) -C userspace O="$(abspath $(O))" PREFIX="$(PREFIX)" install

uninstall: ## the opposite of install; manifests stay
	$(MAKE) -C userspace PREFIX="$(PREFIX)" uninstall

dkms-install: ## the module through dkms, for every kernel with headers
	@deploy/dkms.sh install

dkms-remove: ## the opposite
	@deploy/dkms.sh remove

setup: ## packages that building and testing need (apt)
	@tests/setup.sh

demo: setup ## the article's story in a VM; KEEP=1 leaves it running
	@tests/demo/demo.sh

vm: setup ## a shell in a VM with everything built; KERNEL= one of tests/vm/README.md
	@tests/vm/build.sh $(KERNEL)
	@tests/vm/vm.sh shell -k $(KERNEL)

check: ## at every save, after setup: builds, unit and golden tests
	@tests/run.sh check

lint: setup ## checkpatch, sparse, coccicheck, gcc, clang and arm64 W=1, shellcheck
	@tests/lint.sh

arm64: setup ## the module compiles for Debian's arm64 kernel, with W=1
	@tests/lint.sh arm64

test: setup ## unit, golden, KUnit and VM tests, static checks, fuzzing
	@tests/setup.sh fuzz
	@tests/run.sh test

test-all: setup ## the same, all VM cases on five kernels, more fuzzing: hours
	@tests/setup.sh fuzz
	@tests/run.sh all

soak: setup ## load and churn for MINUTES= (10) in a VM, every answer counted; KERNEL=
	@GWS_MINUTES=$(or $(MINUTES),10) tests/vm/run-tests.sh -k $(KERNEL) 37-soak

fuzz: setup ## libFuzzer over the pure core and all decoders, SECONDS= (30) each
	@tests/setup.sh fuzz
	@tests/fuzz/run.sh $(or $(SECONDS),30)

bench: ## instructions per request beside nginx, HAProxy and Envoy; CASE=all, or one
	@tests/setup.sh bench
	@tests/bench/bench.sh $(if $(CASE),-c $(CASE))

cost: ## instructions of the pure core per request
	@tests/setup.sh cost
	$(MAKE) -C tests/unit cost

clean: ## what was built in O= (build/)
	rm -rf "$(O)"

.PHONY: help all module userspace install uninstall dkms-install dkms-remove \
	setup demo vm check lint arm64 test test-all soak fuzz bench cost clean
