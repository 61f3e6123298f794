#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh KERNEL BUILD [--append WORDS] [CLAIM…|all|storms]: claims.sh in a guest with this kernel, then a look at its log. BUILD has
# a folder with the module for each release.
set -u
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
vm=${RXLAB_SOURCE_DIR:?}/testbed/vm
kernel=$1 build=$2 options=()
shift 2
[[ ${1:-} != --append ]] || { options=(--append "$2") && shift 2; }
PATH=$PATH:/usr/sbin:/sbin
command -v ethtool >/dev/null || { echo 'skipped: ethtool is not installed' && exit 77; }
work=$(mktemp -d) || exit 1
trap 'kill "$hand" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/share"

# The hand at the cable.
python3 - "$work" <<'END' &
import json, os, socket, sys, time
work = sys.argv[1]
def set_link(up):
    qemu = socket.socket(socket.AF_UNIX)
    qemu.connect(work + "/monitor")
    lines = qemu.makefile("rw")
    lines.readline()
    for execute, arguments in ("qmp_capabilities", {}), ("set_link", {"name": "nic1", "up": up}):
        lines.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
        lines.flush()
        while "return" not in (answer := json.loads(lines.readline())):
            assert "error" not in answer, answer
requests = {"unplug-cable": False, "plug-cable": True}
while requests and os.getppid() != 1:
    for request in [r for r in requests if os.path.exists(f"{work}/share/{r}")]:
        set_link(requests.pop(request))
    time.sleep(0.1)
END
hand=$!
limits=(--timeout 560)
[[ $kernel != debug ]] || limits=(--timeout 3400 --memory 2048) # several times as slow, and KASAN keeps what is freed
release=$("$vm/kernels" "$kernel" | sed -n 's/^release=//p') && [[ -n $release ]] || exit 1
"$vm/vm" run --kernel "$kernel" --cores 2 "${limits[@]}" --nic e1000e --nic e1000e --monitor "$work/monitor" \
    --share-rw "$work/share" --env RXLAB_BINARY_DIR --dmesg "$work/log" "${options[@]}" -- \
    env RXLAB_SOURCE_DIR="$RXLAB_SOURCE_DIR" bash "$here/claims.sh" "$build/$release" "$work/share" "$@"
status=$?
((status == 0)) || echo "the run on kernel $kernel ended with $status" >&2
"$vm/kernel_log_check" "$work/log" || status=1
((status == 0)) && echo "kernel $kernel: all passed, and the kernel log is clean"
exit "$status"
