#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Software: Linux, mmap(MAP_SHARED) and the VmFlags in /proc/PID/smaps. The kernel is that of the host; python3-minimal
# 3.11.2 (Debian 12) makes the calls.
# One would guess: "sh" ("shared") in VmFlags tells a shared mapping from a private one, and a driver's mmap() tells them
# apart by VM_SHARED, which is what "sh" shows.
# What happens: a MAP_SHARED mapping of a descriptor that was opened O_RDONLY has no "sh", and a driver does not see
# VM_SHARED. The kernel takes the flag away because nothing can be written. Only "ms" (VM_MAYSHARE) tells, which stands
# for "may share" in the documentation and is in every shared mapping; /proc/PID/maps goes by it and shows "s".
# A driver that refuses private mappings by VM_SHARED refuses every reader who may not write.
# Seen on 6.18.44: opened O_RDONLY, "r--s" with "rd mr me ms"; opened O_RDWR, "r--s" with "rd sh mr mw me ms".
# Source: Documentation/filesystems/proc.rst and proc(5) (VmFlags); do_mmap() in mm/mmap.c.
set -euo pipefail
# shellcheck source=findings/pinned.bash
. "${BASH_SOURCE[0]%/*}/pinned.bash"

pinned=("${python_3_11_2[@]}")
libraries=("${python_libraries[@]}")
unpack
[[ -r /proc/self/smaps ]] || skip "this kernel has no /proc/PID/smaps"

cat >flags.py <<'PY'
import mmap
import os


def shown(opening, mapping, text):
    file = os.open("page", opening)
    with mmap.mmap(file, 4096, mapping, mmap.PROT_READ):
        permissions = None
        with open("/proc/self/smaps") as lines:
            for line in lines:
                words = line.split()
                if words[-1] == os.path.realpath("page"):
                    permissions = words[1]
                elif words[0] == "VmFlags:" and permissions:
                    print(f"{text}: {permissions}, VmFlags {' '.join(words[1:])}")
                    break
    os.close(file)


with open("page", "wb") as page:
    page.write(bytes(4096))
shown(os.O_RDONLY, mmap.MAP_SHARED, "O_RDONLY, MAP_SHARED")
shown(os.O_RDWR, mmap.MAP_SHARED, "O_RDWR, MAP_SHARED")
shown(os.O_RDONLY, mmap.MAP_PRIVATE, "O_RDONLY, MAP_PRIVATE")
PY
uname -r
python flags.py >seen || changed "the calls fail now"
cat seen
grep -Eq '^O_RDONLY, MAP_SHARED: r--s, VmFlags .*\bms\b' seen || changed "a shared mapping has no ms now"
! grep -Eq '^O_RDONLY, MAP_SHARED: .*\bsh\b' seen || changed "a read-only shared mapping has sh now"
grep -Eq '^O_RDWR, MAP_SHARED: r--s, VmFlags .*\bsh\b' seen || changed "a shared mapping of a writable descriptor has no sh now"
! grep -Eq '^O_RDONLY, MAP_PRIVATE: .*\b(sh|ms)\b' seen || changed "a private mapping counts as shared now"
