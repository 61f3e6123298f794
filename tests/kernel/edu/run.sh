#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh KERNEL BUILD EDU_TEST [CLAIM…]: the tests of the driver in one guest with this kernel, then a look at its log.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
vm=${RXLAB_SOURCE_DIR:?}/testbed/vm
work=$(mktemp -d) || exit 1
trap 'kill "$hand" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/share"

# Unplugs the second device when the guest asks for that.
python3 - "$work" <<'END_OF_HAND' &
import json, os, socket, sys, time
work = sys.argv[1]
while not os.path.exists(work + "/share/unplug"):
    if os.getppid() == 1:
        sys.exit()
    time.sleep(0.1)
qemu = socket.socket(socket.AF_UNIX)
qemu.connect(work + "/monitor")
lines = qemu.makefile("rw")
lines.readline()
for request in {"execute": "qmp_capabilities"}, {"execute": "device_del", "arguments": {"id": "card1"}}:
    lines.write(json.dumps(request) + "\n")
    lines.flush()
    while "return" not in (answer := json.loads(lines.readline())):
        assert "error" not in answer, answer
time.sleep(60)
END_OF_HAND
hand=$!

# The log holds what the IOMMU says about the device with the narrow addresses; that is what the claim is about.
"$vm/vm" run --kernel "$1" --timeout 400 --dmesg "$work/log" --iommu --append iommu=nopt \
    --slot edu --slot edu,dma_mask=0xffffff --monitor "$work/monitor" --share-rw "$work/share" -- \
    bash "$here/in_guest.sh" "$2" "$3" "$work/share" "${@:4}"
status=$?
((status == 0)) || echo "the run on kernel $1 ended with $status" >&2
"$vm/kernel_log_check" "$work/log" || status=1
((status == 0)) && echo "kernel $1: all passed, and the kernel log is clean"
exit "$status"
