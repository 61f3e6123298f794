# SPDX-License-Identifier: GPL-2.0-only
# Builds and handles a module by hand. The Makefile beside each module says what is its own, and includes this:
#   program     a companion, built from <program>.c
#   parameters  of the module, which make load passes on
#   arguments   for driver.sh's load and test, before those
#   variant     a module that differs: in a folder of its own; also: extra, files that only this one needs
# The kernel's build system (kbuild) leaves its files beside the sources, so these are copied to build/<release>/ and
# built there.
include files.mk
# Variables of the environment that happen to have these names are not meant.
$(foreach each,program parameters arguments variant extra probes,\
  $(if $(filter environment,$(origin $(each))),$(eval $(each) :=)))

KDIR    ?= /lib/modules/$(shell uname -r)/build
release := $(or $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' '$(KDIR)/include/generated/utsrelease.h' \
               2>/dev/null),$(shell uname -r))
OUT     ?= $(CURDIR)/build/$(release)$(variant:%=-%)
copied  := $(sources) $(headers) $(probes) $(build) $(extra)
run      = OUT='$(OUT)' KDIR='$(KDIR)' ./driver.sh
# Type information for BPF needs pahole and the kernel's own; the module does without. Then pahole's version means
# nothing, and kbuild need not warn about it.
no_btf  := $(if $(and $(shell command -v pahole 2>/dev/null),$(wildcard $(KDIR)/vmlinux)),,\
               CONFIG_DEBUG_INFO_BTF_MODULES= 'PAHOLE_VERSION=$$(CONFIG_PAHOLE_VERSION)')
# C=1: Kbuild calls check.sh. Left to itself, kbuild asks a script that the headers of Debian's 7.x lack, and goes on
# without a check.
check   := $(if $(filter 1 2,$(C)),C=0 RXLAB_CHECK='$(CURDIR)/../check.sh')

ifneq ($(words $(OUT)),1)
$(error build in '$(OUT)': kbuild cannot build in a folder with a space in its name; use OUT=/another/folder)
endif

# A check, or a variant other than the one that was built, needs everything compiled again: by their times the files
# would be up to date.
again   := $(if $(W)$(C)$(filter-out x$(variant),x$(strip $(file <$(OUT)/variant))),again)

.PHONY: again all guest check-load load test unload clean help
all: $(OUT)/$(module).ko $(program:%=$(OUT)/%)

$(OUT)/$(module).ko: $(copied:%=$(OUT)/%) $(again)
	@$(run) check-headers
	@rm -f $(if $(again),$(OUT)/*.o $(OUT)/*/*.o) && echo '$(variant)' >$(OUT)/variant
	$(MAKE) --no-print-directory -C $(KDIR) M=$(OUT) $(no_btf) $(check) modules
	@touch $@

again:

$(copied:%=$(OUT)/%): $(OUT)/%: %
	@mkdir -p $(@D) && cp $< $@

ifneq ($(program),)
$(OUT)/$(program): $(program).c $(wildcard uapi/rxlab/*.h)
	@mkdir -p $(@D)
	cc -std=c11 -Wall -Wextra -O2 -Iuapi -o $@ $<
endif

# Compiling in an emulated guest takes minutes, so this is done beforehand.
guest:
	@for name in $(or $(KERNEL),$$(../../testbed/vm/kernels --names ci)); do \
		headers=$$(../../testbed/vm/kernels $$name | sed -n 's/^headers=//p') && \
		$(MAKE) --no-print-directory KDIR=$$headers all || exit 1; \
	done

check-load:
	@$(run) check-load $(arguments)

load: check-load $(OUT)/$(module).ko
	@$(run) load $(arguments) $(foreach each,$(parameters),$($(each):%=$(each)=%))

test: $(program:%=$(OUT)/%)
	@$(run) test $(arguments)

unload:
	@$(run) unload

clean:
	rm -rf build

help:
	@cat help.txt
