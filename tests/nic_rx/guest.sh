#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# guest.sh [CLAIM…]: starts the guest of in_guest.sh, and pulls its cable, or a card, when it asks for that.
set -u
work=$(mktemp -d)
trap 'kill "$hand" 2>/dev/null; rm -rf "$work"' EXIT

python3 - "$work" <<'END' &
import json, os, socket, sys, time
work = sys.argv[1]
def command(execute, arguments):
    qemu = socket.socket(socket.AF_UNIX)
    qemu.connect(work + "/monitor")
    lines = qemu.makefile("rw")
    lines.readline()
    for request in ("qmp_capabilities", {}), (execute, arguments):
        lines.write(json.dumps({"execute": request[0], "arguments": request[1]}) + "\n")
        lines.flush()
        while "return" not in (answer := json.loads(lines.readline())):
            assert "error" not in answer, answer
requests = {"unplug-cable": ("set_link", {"name": "nic1", "up": False}),
            "plug-cable": ("set_link", {"name": "nic1", "up": True}),
            "unplug-again": ("set_link", {"name": "nic1", "up": False}),
            "pull-card": ("device_del", {"id": "card0"})}
while requests and os.getppid() != 1:
    for request in [r for r in requests if os.path.exists(f"{work}/share/{r}")]:
        command(*requests.pop(request))
    time.sleep(0.1)
END
hand=$!
mkdir "$work/share"
"$RXLAB_SOURCE_DIR/testbed/vm/vm" run --cores 2 --memory 2048 --timeout 560 --iommu --nic e1000e --nic e1000e \
    --device e1000e,addr=10.0,multifunction=on --device e1000e,addr=10.1 --slot e1000e \
    --monitor "$work/monitor" --share-rw "$work/share" --env RXLAB_BINARY_DIR --dmesg "$work/dmesg" -- \
    env RXLAB_SOURCE_DIR="$RXLAB_SOURCE_DIR" RXLAB_BINARY_DIR="$RXLAB_BINARY_DIR" \
    bash "$RXLAB_SOURCE_DIR/tests/nic_rx/in_guest.sh" "$work/share" "$@"
status=$?
"$RXLAB_SOURCE_DIR/testbed/vm/kernel_log_check" "$work/dmesg" || status=1
exit $status
