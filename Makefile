# One build for the four services, their shared library and their suites.
#   make [SAN=address|undefined|thread] [CC=clang]     `make help` lists every target.

SERVICES := db-svc tickets-svc attendees-svc notify-svc
BUILD    := build$(SAN:%=-%)

CC       ?= cc
WERROR   ?= -Werror
OPT      ?= -O2 -g
WARN     := -Wall -Wextra -Wshadow -Wformat=2 -Wundef -Wpointer-arith -Wstrict-prototypes \
            -Wmissing-prototypes -Wimplicit-fallthrough -Wvla -Wno-missing-field-initializers $(WERROR)
probe     = $(shell echo 'int main(void){return 0;}' | $(CC) -Werror $(1) -x c -o /dev/null - 2>/dev/null && echo '$(1)')
HARDEN   := -fstack-protector-strong -fPIE $(call probe,-fstack-clash-protection) $(call probe,-fcf-protection)
ifeq ($(SAN),)
HARDEN   += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
else
SANFLAGS := -fsanitize=$(SAN) -fno-omit-frame-pointer $(if $(filter undefined,$(SAN)),-fno-sanitize-recover=all)
endif

libshared_PKGS     := jansson talloc libsodium rdkafka libmicrohttpd libutf8proc libidn2
db-svc_PKGS        := libmongoc-1.0
notify-svc_PKGS    := libcurl
ALL_PKGS           := $(sort $(foreach t,libshared $(SERVICES),$($(t)_PKGS))) check

CFLAGS_ALL  = -std=gnu17 -I. -D_GNU_SOURCE $(OPT) $(WARN) $(HARDEN) $(SANFLAGS) $(CFLAGS) \
              $(shell pkg-config --cflags $(ALL_PKGS) | sed 's/-I\/usr\/include\/\(libmongoc-1.0\|libbson-1.0\)/-isystem \/usr\/include\/\1/g')
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now $(SANFLAGS) $(LDFLAGS)

sources  = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
LIB_SRC  := $(call sources,libshared)
LIB      := $(BUILD)/libshared.a
BINS     := $(foreach s,$(SERVICES),$(if $(wildcard $(s)/main.c),$(BUILD)/$(s)/$(s)))
SUPPORT_SRC := $(call sources,tests/support)
SUPPORT  := $(BUILD)/tests/support.a
SUITE_SRC := $(sort $(shell find tests -name 'check_*.c' -not -path 'tests/support/*' 2>/dev/null))
# A suite named *_real.c needs a real broker or database; the others need neither.
UNIT_SUITES := $(patsubst %.c,$(BUILD)/%,$(filter-out %_real.c,$(SUITE_SRC)))
REAL_SUITES := $(patsubst %.c,$(BUILD)/%,$(filter %_real.c,$(SUITE_SRC)))

.PHONY: all
all: $(BINS) ## build the four services
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

# Objects are made anew when the flags change.
FLAGS_STAMP := $(BUILD)/flags
$(shell mkdir -p $(BUILD); echo '$(CC) $(subst ','\'',$(CFLAGS_ALL))' | cmp -s - $(FLAGS_STAMP) || echo '$(CC) $(subst ','\'',$(CFLAGS_ALL))' > $(FLAGS_STAMP))

$(BUILD)/%.o: %.c $(FLAGS_STAMP)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

define archive
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^
endef

$(LIB): $(LIB_SRC:%.c=$(BUILD)/%.o)
	$(archive)
$(SUPPORT): $(SUPPORT_SRC:%.c=$(BUILD)/%.o)
	$(archive)

define service_rules
$(1)_SRC := $$(filter-out $(1)/main.c,$$(call sources,$(1)))
$$(BUILD)/$(1)/$(1).a: $$($(1)_SRC:%.c=$$(BUILD)/%.o)
	$$(archive)
$$(BUILD)/$(1)/$(1): $$(BUILD)/$(1)/main.o $$(BUILD)/$(1)/$(1).a $$(LIB)
	$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(shell pkg-config --libs $$(libshared_PKGS) $$($(1)_PKGS)) -lpthread
$$(BUILD)/tests/$(1)/%: $$(BUILD)/tests/$(1)/%.o $$(BUILD)/$(1)/$(1).a $$(SUPPORT) $$(LIB)
	$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(LIB) $$(shell pkg-config --libs check $$(libshared_PKGS) $$($(1)_PKGS)) -lpthread
endef
$(foreach s,$(SERVICES),$(eval $(call service_rules,$(s))))

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT) $(LIB)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB) $(shell pkg-config --libs check $(libshared_PKGS)) -lpthread

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: check-unit
check-unit: $(UNIT_SUITES) ## run the Check suites that need no broker and no database (SUITE=name for one)
	@tests/support/run-suites $(if $(SUITE),$(filter %/check_$(SUITE),$^),$^)

.PHONY: clean
clean: ## remove what was built
	rm -rf build build-*
