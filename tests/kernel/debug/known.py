#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: known.py <LOG: the log of a run of in_guest.sh, without what is known of the kernel itself

Where an allocation fails, the kernel (6.12.117) makes mistakes of its own, and reports some failures with a stack. Reports that
are listed here are left out, where fail_nth.py was at work; everything else stays, for kernel_log_check."""
import re
import sys

# What a report begins with, what it ends with, what must have been said before, and why it is not the module's.
KNOWN = (
    # warn_alloc(): said of any vmalloc() that fails. finit_module(2) has one, for the module's file.
    (r"vmalloc error: size \d+, (vm_struct allocation failed|failed to allocate pages)", "</TASK>", ""),
    # do_kmem_cache_create() failed; the function says so, and dumps the stack.
    (r"__kmem_cache_create_args\(\w+\) failed with error -12", "</TASK>", ""),
    # request_irq() goes on without /proc/irq/N/NAME, which free_irq() then misses.
    (r"WARNING: .* remove_proc_entry\+", "---\\[ end trace", ""),
    # The module loads all the same, and its dev_dbg() cannot be switched on; that is what the warning says.
    (r"WARNING: .* ddebug_module_notify\+", "---\\[ end trace", ""),
    # ACPICA evaluates _PRT when a PCI device is enabled and disabled. It goes on with a reference that it did not count.
    (r"BUG: KASAN: slab-use-after-free in acpi_ns_get_attached_object\+", "=={20,}",
     "AE_NO_MEMORY, Could not update object reference count"),
)
LEAKS = re.compile(r"kmemleak: \d+ new suspected memory leaks?")


def main() -> None:
    if len(sys.argv) != 1:
        sys.exit(__doc__)
    text = sys.stdin.buffer.read().decode(errors="replace").replace("\0", "")
    walks, end, said, kept = False, "", "", []
    for line in text.splitlines():
        if end:
            end = "" if re.search(end, line) else end
            continue
        if "rxlab: fail_nth begins" in line:
            walks = True
        elif "rxlab: fail_nth is over" in line:
            walks, said = False, ""
        elif "rxlab: these leaks are the kernel's" in line:  # in_guest.sh has looked at each
            kept = [each for each in kept if not LEAKS.search(each)]
        if walks:
            said += line
            end = next((stop for begin, stop, before in KNOWN if re.search(begin, line) and before in said), "")
            if end:
                continue
        kept.append(line)
    print("\n".join(kept))


main()
