# One build for the five services, what they share and their suites.
#   make [SAN=address|undefined|thread|coverage] [CC=clang]     `make help` lists every target.

SERVICES := db-svc tickets-svc attendees-svc notify-svc
BUILD    := build$(SAN:%=-%)

# Packages before all else: what follows asks pkg-config. Root has the missing ones installed,
# others are told how.
ifneq ($(filter-out clean help down,$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell deploy/packages/install build >&2; echo $$?),0)
$(error Debian packages are missing)
endif
endif

CC       ?= cc
WERROR   ?= -Werror
OPT      ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wformat=2 -Wundef -Wpointer-arith -Wstrict-prototypes \
            -Wmissing-prototypes -Wvla -Wno-missing-field-initializers $(WERROR)
probe     = $(shell echo 'int main(void){return 0;}' | $(CC) -Werror $(1) -x c -o /dev/null - 2>/dev/null && echo '$(1)')
# clang does not see that uthash's macros fall through on purpose.
WARN     += $(call probe,-Wimplicit-fallthrough=3)
HARDEN   := -fstack-protector-strong -fPIE $(call probe,-fstack-clash-protection) $(call probe,-fcf-protection)
# A bson_t asks for 128 bytes of alignment, which what libbson makes itself does not have.
ifeq ($(SAN),)
HARDEN   += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
else
SANFLAGS := $(if $(filter coverage,$(SAN)),--coverage -fprofile-update=atomic,-fsanitize=$(SAN)) -fno-omit-frame-pointer $(if $(findstring undefined,$(SAN)),-fno-sanitize-recover=all -fno-sanitize=alignment)
endif

# ThreadSanitizer does not know the threads that librdkafka starts by threads.h, nor AddressSanitizer what
# fontconfig keeps.
comma    := ,
SANOBJ   := $(patsubst %,$(BUILD)/tests/sanitizers/%.o,$(filter thread address,$(subst $(comma), ,$(SAN))))

libshared_PKGS     := jansson libcurl talloc libsodium rdkafka libutf8proc libidn2 libqrencode libpng libturbojpeg pangocairo
db-svc_PKGS        := libmongoc-1.0 liblz4 libical
attendees-svc_LIBS := -lcsv
tickets-svc_LIBS   := -lcsv
ALL_PKGS           := $(sort $(foreach t,libshared $(SERVICES),$($(t)_PKGS))) check

CFLAGS_ALL  = -std=gnu17 -I. -D_GNU_SOURCE $(OPT) $(WARN) $(HARDEN) $(SANFLAGS) $(CFLAGS) \
              $(shell pkg-config --cflags $(ALL_PKGS) | sed 's/-I\/usr\/include\/\(libmongoc-1.0\|libbson-1.0\)/-isystem \/usr\/include\/\1/g')
# A library that a program does not use is not loaded by it.
LDFLAGS_ALL = -pie -Wl,--as-needed -Wl,-z,relro,-z,now $(SANFLAGS) $(LDFLAGS)

sources  = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
# payments-svc is Python: what is built is a program that starts it.
PAYMENTS := $(BUILD)/payments-svc/payments-svc
LIB_SRC  := $(call sources,libshared)
LIB      := $(BUILD)/libshared.a
BINS     := $(foreach s,$(SERVICES),$(if $(wildcard $(s)/main.c),$(BUILD)/$(s)/$(s)))
SUPPORT_SRC := $(call sources,tests/support)
SUPPORT  := $(BUILD)/tests/support.a
SUITE_SRC := $(sort $(shell find tests -name 'check_*.c' -not -path 'tests/support/*' 2>/dev/null))
# A suite named *_real.c needs a real broker or database; the others need neither.
UNIT_SUITES := $(patsubst %.c,$(BUILD)/%,$(filter-out %_real.c,$(SUITE_SRC)))
# The suites of the store, and those of batches, over the simulator's database.
simulated_suites = $(patsubst tests/db-svc/$(1)_real.c,$(BUILD)/tests/simulation/$(notdir $(1)),$(filter tests/db-svc/$(1)_real.c,$(SUITE_SRC)))
SIMULATED_STORE := $(call simulated_suites,store/check_store%)
SIMULATED_BATCH := $(call simulated_suites,writer/check_batch%)
UNIT_SUITES := $(sort $(UNIT_SUITES) $(SIMULATED_STORE) $(SIMULATED_BATCH))
REAL_SUITES := $(patsubst %.c,$(BUILD)/%,$(filter %_real.c,$(SUITE_SRC)))

.PHONY: all
all: $(BINS) $(PAYMENTS) ## build the five services
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

# Objects are made anew when the flags change.
FLAGS_STAMP := $(BUILD)/flags
$(shell mkdir -p $(BUILD); echo '$(CC) $(subst ','\'',$(CFLAGS_ALL))' | cmp -s - $(FLAGS_STAMP) || echo '$(CC) $(subst ','\'',$(CFLAGS_ALL))' > $(FLAGS_STAMP))

# V=1 shows whole command lines.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1) $(2)')

$(BUILD)/%.o: %.c $(FLAGS_STAMP)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# They hold the files.
$(BUILD)/notify-svc/mail_page.o: notify-svc/templates/mail.html
$(BUILD)/tickets-svc/order_page.o: $(wildcard tickets-svc/page/*)
$(BUILD)/attendees-svc/page.o: $(wildcard attendees-svc/page/*)
$(BUILD)/libshared/service/html_page.o: libshared/html/page.css

define archive
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $^
endef

$(LIB): $(LIB_SRC:%.c=$(BUILD)/%.o)
	$(archive)
$(SUPPORT): $(SUPPORT_SRC:%.c=$(BUILD)/%.o)
	$(archive)

$(PAYMENTS): $(shell find payments-svc/payments -name '*.py') payments-svc/start.in
	@mkdir -p $(@D)
	@sed 's,@PACKAGES@,$(CURDIR)/payments-svc:$${PARTS_DIR:-$(CURDIR)/var/parts}/payments,; s,@PYTHON@,"$${PARTS_DIR:-$(CURDIR)/var/parts}/venv/bin/python",' payments-svc/start.in > $@
	@chmod +x $@

define service_rules
$(1)_SRC := $$(filter-out $(1)/main.c,$$(call sources,$(1)))
$$(BUILD)/$(1)/$(1).a: $$($(1)_SRC:%.c=$$(BUILD)/%.o)
	$$(archive)
$$(BUILD)/$(1)/$(1): $$(BUILD)/$(1)/main.o $$(SANOBJ) $$(BUILD)/$(1)/$(1).a $$(LIB)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(shell pkg-config --libs $$(libshared_PKGS) $$($(1)_PKGS)) $$($(1)_LIBS) -lm -lpthread
$$(BUILD)/tests/$(1)/%: $$(BUILD)/tests/$(1)/%.o $$(SANOBJ) $$(BUILD)/$(1)/$(1).a $$(SUPPORT) $$(LIB)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(LDFLAGS_ALL) -o $$@ -Wl,--start-group $$^ -Wl,--end-group $$(shell pkg-config --libs check $$(libshared_PKGS) $$($(1)_PKGS)) $$($(1)_LIBS) -lm -lpthread
endef
$(foreach s,$(SERVICES),$(eval $(call service_rules,$(s))))

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SANOBJ) $(SUPPORT) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ -Wl,--start-group $^ -Wl,--end-group $(shell pkg-config --libs check $(libshared_PKGS)) -lcsv -lm -lpthread

# The simulator: the services, without their HTTP, over a simulated database, Kafka and mail server, and
# simulated clocks and threads.
SIMULATED_SRC := $(call sources,tests/simulation/world tests/simulation/mongo tests/simulation/kafka tests/simulation/notify tests/simulation/service)
SIMULATED     := $(BUILD)/tests/simulation/simulated.a
$(SIMULATED): $(SIMULATED_SRC:%.c=$(BUILD)/%.o)
	$(archive)
SIMULATED_LIBS = $(shell pkg-config --libs $(libshared_PKGS) libbson-1.0 liblz4 libical)
WRAPPED := pthread_create pthread_join poll eventfd abort __assert_fail randombytes_buf crypto_sign_detached crypto_hash_sha256 \
           crypto_hash_sha256_init crypto_hash_sha256_update crypto_hash_sha256_final bson_validate \
           clock_wall_ms clock_monotonic_ms clock_read stop_flag_open stop_flag_close stop_flag_set \
           stop_flag_wait log_write mem_arena mem_bytes mem_zeroed mem_dup mem_grow_bytes
SIMULATE := $(BUILD)/tests/simulation/simulate
# Sanitizers have a malloc() of their own.
SIMULATE_SRC := $(filter-out %/check_store.c $(if $(SAN),%/heap.c),$(wildcard tests/simulation/*.c))
$(SIMULATE): $(patsubst %.c,$(BUILD)/%.o,$(SIMULATE_SRC) $(SIMULATED_SRC)) $(BUILD)/db-svc/db-svc.a $(BUILD)/notify-svc/notify-svc.a $(BUILD)/tickets-svc/tickets-svc.a $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) $(WRAPPED:%=-Wl$(comma)--wrap=%) -o $@ -Wl,--start-group $^ -Wl,--end-group $(SIMULATED_LIBS) -lm -lpthread
$(SIMULATED_STORE): $(BUILD)/tests/simulation/%: $(BUILD)/tests/db-svc/store/%_real.o
$(SIMULATED_BATCH): $(BUILD)/tests/simulation/%: $(BUILD)/tests/db-svc/writer/%_real.o
$(SIMULATED_STORE) $(SIMULATED_BATCH): $(BUILD)/tests/simulation/check_store.o $(SIMULATED) $(BUILD)/db-svc/db-svc.a $(SUPPORT) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ -Wl,--start-group $^ -Wl,--end-group $(shell pkg-config --libs check) $(SIMULATED_LIBS) -lm -lpthread

# What decodes input from outside, each in a program that gives it any bytes: those of its corpus,
# or, with FUZZ=1 and clang, those that libFuzzer makes.
FUZZ_TARGETS := $(filter-out replay,$(basename $(notdir $(wildcard tests/fuzz/*.c))))
FUZZERS      := $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/%)
$(FUZZERS): %: %.o $(if $(FUZZ),,$(BUILD)/tests/fuzz/replay.o) $(BUILD)/db-svc/db-svc.a $(BUILD)/attendees-svc/attendees-svc.a $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) $(if $(FUZZ),-fsanitize=fuzzer) -o $@ -Wl,--start-group $^ -Wl,--end-group $(shell pkg-config --libs $(libshared_PKGS) $(db-svc_PKGS)) $(attendees-svc_LIBS) -lm -lpthread

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: check-unit layers
layers: ## hold that includes between folders point one way, and that files are short
	@tests/support/layers
	@tests/support/file-lengths
.PHONY: format format-check
format format-check: parts
format: ## put every C file into the form that format-check holds
	@find $(SERVICES) libshared tests bench -name '*.[ch]' | xargs $(FORMAT) -i
format-check: ## hold that every C file has the form of .clang-format
	@find $(SERVICES) libshared tests bench -name '*.[ch]' | xargs $(FORMAT) --dry-run --Werror
check-unit: layers $(UNIT_SUITES) ## run the Check suites that need no broker and no database (SUITE=name for one)
	@tests/support/run-suites $(if $(SUITE),$(filter %/check_$(SUITE),$(UNIT_SUITES)),$(UNIT_SUITES))

# The real parts and the running services: deploy/local/.
PARTS_DIR ?= $(CURDIR)/var/parts
export PARTS_DIR BUILD
PYTHON    := $(PARTS_DIR)/venv/bin/python
FORMAT     = $(PARTS_DIR)/venv/bin/clang-format
LOCAL     := $(PYTHON) deploy/local --build $(BUILD)

.PHONY: parts up down status logs watch
parts: ## bring the local Kafka, database and mail sink (done by up and check)
	@deploy/packages/install parts
	@deploy/local/prepare
.PHONY: viewer
viewer: parts ## bring the viewer in which /docs shows the documents (done by up and check)
	@deploy/local/viewer
up: all parts viewer ## start everything on this machine and wait until it is ready
	@$(LOCAL) up
down: ## stop what up has started; the data stays in var/
	@[ ! -x $(PYTHON) ] || $(LOCAL) down
status: parts ## show what runs, where, and whether it is ready
	@$(LOCAL) status
logs: parts ## follow the logs (NAME=db-svc for one)
	@$(LOCAL) logs $(NAME)
watch: all parts ## up, then build and restart on every save
	+@$(LOCAL) watch
# run-<service>: ## run one service in the foreground
$(SERVICES:%=run-%) run-payments-svc: run-%: all parts
	@$(LOCAL) run $*

run_suites      = $(if $(1),@tests/support/run-suites $(1))
run_real_suites = $(if $(1),@$(LOCAL) with --kafka --database -- tests/support/run-suites $(1))

# What tests of faults preload.
STEP_CLOCK := $(BUILD)/tests/faults/step_clock.so
$(STEP_CLOCK): tests/faults/step_clock.c
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE -O2 $(WARN) -fPIC -shared -o $@ $<

.PHONY: check-real
check-real: parts $(REAL_SUITES) ## run the suites that need a real broker and database (SUITE=name for one)
	$(call run_real_suites,$(if $(SUITE),$(or $(filter %/check_$(SUITE)_real,$(REAL_SUITES)),$(error There is no suite check_$(SUITE)_real.c)),$(REAL_SUITES)))

BENCH_DIRECT := $(addprefix $(BUILD)/bench/,floor floor_import seed)
BENCH_TIMED := $(addprefix $(BUILD)/bench/,load floor_kafka)
BENCH_PROGRAMS := $(addprefix $(BUILD)/bench/,sink floor_http floor_small) $(BENCH_TIMED) $(BENCH_DIRECT)

# As many of the slow tests at a time, each with a stack of its own; the longest files first.
WORKERS ?= 2
.PHONY: check $(SERVICES:%=check-%)
check: all parts viewer layers format-check $(BENCH_PROGRAMS) $(STEP_CLOCK) $(UNIT_SUITES) $(REAL_SUITES) $(SIMULATE) $(FUZZERS) ## test everything: suites, the simulator, then acceptance and faults on the real parts
	@[ "$$(id -u)" -ne 0 ] || deploy/packages/install sms readme looks
	$(call run_suites,$(UNIT_SUITES))
	@$(MAKE) --no-print-directory check-corpora
	@$(MAKE) --no-print-directory check-simulated
	$(call run_real_suites,$(REAL_SUITES))
	@$(MAKE) --no-print-directory check-python check-payments-svc
	@$(PYTHON) -m pytest $(WORKERS:%=-n %) --dist loadfile --no-loadscope-reorder tests/faults tests/acceptance $(PYTEST)
.PHONY: check-payments-svc payments-catch-up
PAYMENTS_PATH := payments-svc:$(PARTS_DIR)/payments
PAYMENTS_CODE := payments-svc/payments tests/payments-svc
check-payments-svc: parts ## lint, types and unit tests of payments-svc
	@$(PARTS_DIR)/payments-tools/bin/ruff check --quiet --no-cache --config payments-svc/pyproject.toml $(PAYMENTS_CODE)
	@PYTHONPATH=$(PARTS_DIR)/payments-tools:$(PAYMENTS_PATH) $(PYTHON) -m mypy --no-error-summary \
	    --cache-dir $(BUILD)/payments-svc/mypy --config-file payments-svc/pyproject.toml payments-svc/payments
	@PYTHONPATH=$(PAYMENTS_PATH) $(PYTHON) -m pytest -q tests/payments-svc $(PYTEST)
payments-catch-up: $(PAYMENTS) parts ## tell again what lost webhooks never told (SINCE=2h, 3d or a time)
	@$(LOCAL) catch-up "$(SINCE)"
# Faults, not form: names that are not used, not there or hide others, and what Python does not do as it reads.
PYTHON_RULES := F,E9,PLE,B,A001,A004,A006,RUF059
PYTHON_CODE  := tests deploy bench tests/support/scopes tests/db-svc/recorded/examples
.PHONY: check-python
check-python: parts ## look for faults in the Python of tests, deploy and bench
	@$(PARTS_DIR)/payments-tools/bin/ruff check --quiet --no-cache --isolated --target-version py311 \
	    --select $(PYTHON_RULES) --ignore B008,B905 $(PYTHON_CODE)
.PHONY: contracts
contracts: all parts ## hold the services to their documents with many requests made up from them (EXAMPLES=n a route)
	@CONTRACT_EXAMPLES=$(or $(EXAMPLES),200) $(PYTHON) -m pytest tests/acceptance/test_schemathesis.py \
	    tests/acceptance/test_document_linters.py $(PYTEST)
.PHONY: api-copies
api-copies: all parts ## write what the services print of their interfaces into docs/api
	@for service in $(SERVICES) payments-svc; do \
	    $(BUILD)/$$service/$$service --print-openapi > docs/api/$$service.openapi.json || exit 1; \
	done
	@$(BUILD)/db-svc/db-svc --print-asyncapi > docs/api/asyncapi.json
.PHONY: check-acceptance
check-acceptance: all parts viewer $(BENCH_PROGRAMS) ## test the running services over REST and Kafka, on the real parts
	@[ "$$(id -u)" -ne 0 ] || deploy/packages/install sms readme looks
	@$(PYTHON) -m pytest tests/acceptance $(PYTEST)
# check-<service>: ## run the suites of one service
define service_check
check-$(1): parts $$(filter $$(BUILD)/tests/$(1)/%,$$(UNIT_SUITES) $$(REAL_SUITES))
	$$(call run_suites,$$(filter $$(BUILD)/tests/$(1)/%,$$(UNIT_SUITES)))
	$$(call run_real_suites,$$(filter $$(BUILD)/tests/$(1)/%,$$(REAL_SUITES)))
endef
$(foreach s,$(SERVICES),$(eval $(call service_check,$(s))))

$(BENCH_DIRECT): $(BUILD)/bench/direct.o $(BUILD)/bench/sample.o $(BUILD)/db-svc/db-svc.a
$(BENCH_TIMED): $(BUILD)/bench/latencies.o
$(BENCH_PROGRAMS): $(BUILD)/bench/%: $(BUILD)/bench/%.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ -Wl,--start-group $^ -Wl,--end-group $(shell pkg-config --libs $(libshared_PKGS) $(db-svc_PKGS)) -lm -lpthread

.PHONY: bench
bench: all parts $(BENCH_PROGRAMS) ## measure speed and memory beside what each part alone can do (BENCH=sales,scale,reads,orders,events,search,import,export,mail,webhooks,observed for some points only; BENCH=peers: beside NestJS)
	@PYTHONPATH=deploy/local:payments-svc $(PYTHON) bench --build $(BUILD) --pictures
.PHONY: bench-docs
bench-docs: ## put the pictures of the last make bench into docs/pictures
	@ls var/bench-*.svg > /dev/null 2>&1 || { echo "There are none: make bench BENCH=sales,scale draws them"; exit 1; }
	@cp var/bench-*.svg docs/pictures

SEED  ?= 1
STEPS ?= 100000
# Of check: seeds that are always the same, and some that nobody has seen.
SIMULATED_FIXED := 60000
SIMULATED_NEW   := 10000
# Not both of the disasters at once: docs/reliability.md says what is not promised then.
SIMULATED_EACH  := view,facade,mail,death,stop,twin,nodes,answers,conflicts,database,broker,leader,refused,clocks,repeated,misplaced,junk
.PHONY: recorded-run
RECORDED := $(BUILD)/tests/db-svc/recorded
recorded-run: $(RECORDED)/check_recorded_run ## print all that comes of a fixed script of commands, to compare two builds by
	@RECORDED_RUN=$(RECORDED)/run $(RECORDED)/check_recorded_run >&2
	@cat $(RECORDED)/run
.PHONY: examples
examples: ## write the examples of the documents anew, from the recorded run
	@mkdir -p $(RECORDED)
	@$(MAKE) --no-print-directory recorded-run > $(RECORDED)/printed
	@tests/db-svc/recorded/examples < $(RECORDED)/printed > libshared/service/examples.def
.PHONY: check-simulated
check-simulated: $(SIMULATE) ## run the simulator on fixed seeds and on new ones
	@tests/simulation/replay $(SIMULATE) tests/simulation/seeds
	@$(SIMULATE) 1 $(SIMULATED_FIXED)
	@$(SIMULATE) $$(date +%s) $(SIMULATED_NEW) $(SIMULATED_EACH),set_back
	@$(SIMULATE) $$(date +%s) $(SIMULATED_NEW) $(SIMULATED_EACH),recreated
.PHONY: simulate
simulate: $(SIMULATE) ## run the services on simulated parts with faults (SEED=n STEPS=commands FAULTS=a,b or none; TRACE=1)
	@$(SIMULATE) $(if $(TRACE),-t) $(SEED) $(STEPS) $(FAULTS)

.PHONY: check-corpora fuzz
check-corpora: $(FUZZERS) ## give every decoder the inputs that fuzzing has kept (tests/fuzz/corpus)
	@for target in $(FUZZ_TARGETS); do $(BUILD)/tests/fuzz/$$target tests/fuzz/corpus/$$target || exit 1; done
SECONDS ?= 60
fuzz: ## look for inputs that a decoder does not bear (SECONDS=60 each, TARGET=csv for one)
	@deploy/packages/install fuzz
	+@$(MAKE) --no-print-directory BUILD=build-fuzz CC=clang SAN=address,undefined,fuzzer-no-link FUZZ=1 fuzzers
	@tests/fuzz/run $(SECONDS) $(or $(TARGET),$(FUZZ_TARGETS))
.PHONY: fuzzers
fuzzers: $(FUZZERS)

MINUTES ?= 5
BROKERS ?= 1
.PHONY: faults
faults: all parts $(STEP_CLOCK) ## hurt the running stack for a while and hold what is promised (SEED=n MINUTES=m FAULT=name BROKERS=3)
	@PYTHONPATH=tests/acceptance:tests/faults:deploy/local $(PYTHON) tests/campaign --build $(BUILD) \
	    --seed $(SEED) --minutes $(MINUTES) --brokers $(BROKERS) $(if $(FAULT),--fault $(FAULT))

ATTEMPTS ?= 1000000
.PHONY: million
million: all parts $(BENCH_PROGRAMS) ## attempt a million purchases of 1,000 tickets while db-svc is killed every 5 s (ATTEMPTS=n)
	@ATTEMPTS=$(ATTEMPTS) $(PYTHON) -m pytest tests/faults/test_million.py $(PYTEST)

.PHONY: model
model: ## have Spin try every order of steps of ownership and commit (tests/model)
	@command -v spin > /dev/null || { echo "apt-get install spin"; exit 1; }
	@tests/model/run

.PHONY: mutants
mutants: check-unit $(SIMULATE) ## break the code in small ways, and hold that a suite or the simulator notices each (ONLY=order.c)
	@python3 tests/mutants $(ONLY)

# Services that were killed have written nothing down; the fault tests add little.
.PHONY: coverage
coverage: ## run suites and acceptance tests, and show which lines ran (build-coverage/report/)
	@deploy/packages/install coverage
	+@$(MAKE) --no-print-directory SAN=coverage all check-unit check-real
	+@$(MAKE) --no-print-directory SAN=coverage check-acceptance
	@mkdir -p build-coverage/report
	@gcovr --root . --object-directory build-coverage --exclude 'tests/' --exclude 'bench/' \
	    --html-details build-coverage/report/index.html --txt build-coverage/report/summary.txt --print-summary build-coverage

PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
BINDIR     := $(PREFIX)/bin
UNITDIR    := $(PREFIX)/lib/systemd/system
CONFDIR    := $(SYSCONFDIR)/ticketing
.PHONY: install
PAYMENTS_DIR := $(PREFIX)/lib/ticketing/payments-svc
install: all parts ## install the services and their systemd units (DESTDIR, PREFIX, SYSCONFDIR)
	install -d $(addprefix $(DESTDIR),$(BINDIR) $(UNITDIR) $(CONFDIR))
	install $(BINS) $(DESTDIR)$(BINDIR)
	sed 's,@PACKAGES@,$(PAYMENTS_DIR),; s,@PYTHON@,python3,' payments-svc/start.in > $(DESTDIR)$(BINDIR)/payments-svc
	chmod 755 $(DESTDIR)$(BINDIR)/payments-svc
	rm -rf $(DESTDIR)$(PAYMENTS_DIR)
	install -d $(DESTDIR)$(PAYMENTS_DIR)
	cp -R $(PARTS_DIR)/payments/. payments-svc/payments $(DESTDIR)$(PAYMENTS_DIR)
	for service in $(notdir $(BINS) $(PAYMENTS)); do \
	    sed "s,^@$$service@,,; /^@[a-z]*-svc@/d; s,@SERVICE@,$$service,g; s,@BINDIR@,$(BINDIR),g; s,@CONFDIR@,$(CONFDIR),g" \
	        deploy/systemd/service.in > $(DESTDIR)$(UNITDIR)/$$service.service; \
	done
	[ -e $(DESTDIR)$(CONFDIR)/common.env ] || \
	    install -m 640 deploy/systemd/common.env $(DESTDIR)$(CONFDIR)/common.env

.PHONY: help
help: ## list these targets
	@sed -n 's/^#\{0,1\} *\([a-z<>-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: clean
clean: ## remove what was built
	rm -rf build build-*
