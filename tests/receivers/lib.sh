# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Shared by the tests of this folder.
set -euo pipefail

# shellcheck disable=SC2034 # for the tests that source this
bin=$RXLAB_BINARY_DIR/bin
veth=$RXLAB_SOURCE_DIR/testbed/veth/veth
scratch=$(mktemp -d)
chmod 0755 "$scratch"
export RXLAB_BED=test-$$
cleanup() {
    local left
    mapfile -t left < <(jobs -p) # a failed test must not leave a receiver that spins
    ((${#left[@]} == 0)) || kill -KILL "${left[@]}" 2>/dev/null || true
    "${as_user[@]}" "$veth" down >/dev/null 2>&1 || true
    rm -rf "$scratch"
}
trap cleanup EXIT

skip() {
    echo "skipped: $*"
    exit 77
}
# The command prefix that makes the test an ordinary user, where it asked for one.
user=${user:-root}
as_user=()
become_nobody() {
    user=nobody
    chmod a+rwx "$scratch"
    if [[ $(id -u) == 0 ]]; then
        as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_RUNTIME_DIR
                 "HOME=$scratch")
        "${as_user[@]}" test -r "$veth" -a -x "$bin" || skip "an ordinary user may not enter $RXLAB_SOURCE_DIR: a folder above it is closed to others; use a clone elsewhere"
    fi
}
[[ $user == nobody ]] && become_nobody

fail() {
    echo "FAILED: $*" >&2
    exit 1
}
# Whether this build and this kernel have io_uring; says why not.
has_io_uring() {
    local said=$scratch/io_uring pid tries
    "$bin/kernel_rx" --interface lo --group 239.10.0.9:31999 --mode io_uring --orders 10 --levels 10 >"$said" 2>&1 &
    pid=$!
    for ((tries = 0; tries < 600; ++tries)); do
        if grep -q '^ready: ' "$said" || ! kill -0 "$pid" 2>/dev/null; then break; fi
        sleep 0.05
    done
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" && return
    # Nothing else is a reason to skip: a broken mode must not skip its own tests.
    grep -qE 'without liburing|Operation not permitted|Function not implemented|needs Linux' "$said" ||
        fail "--mode io_uring: $(<"$said")"
    echo "without io_uring: $(tail -n 1 "$said")"
    return 1
}
# receiver_of KIND: a receiver on rx0 as `receiver`, and its name as `program`. A kind that is none of those named here is
# a mode of kernel_rx, and may be followed by options.
# shellcheck disable=SC2034 # for the tests that source this
receiver_of() {
    case $1 in
        packet | packet-v3 | workers) program=packet_rx receiver=("$bin/packet_rx" --interface rx0) ;;&
        packet-v3) receiver+=(--v3) ;;
        workers) receiver+=(--workers 2) ;;
        packet) ;;
        xdp) program=xdp_rx receiver=("$bin/xdp_rx" --interface rx0 --hook generic) ;;
        xdp-native) program=xdp_rx receiver=("$bin/xdp_rx" --interface rx0 --hook native) ;;
        kernel) program=kernel_rx receiver=("$bin/kernel_rx" --interface rx0) ;;
        *) # shellcheck disable=SC2206 # words
            program=kernel_rx receiver=("$bin/kernel_rx" --interface rx0 --mode $1) ;;
    esac
}
digest_of() { sed -n 's/^digest: //p' "$1"; }

# wait_for_line FILE PATTERN PID: until the line is there; fails when the process ends before.
wait_for_line() {
    local i
    for ((i = 0; i < 400; ++i)); do
        grep -q "$2" "$1" 2>/dev/null && return 0
        kill -0 "$3" 2>/dev/null || break
        sleep 0.05
    done
    cat "$1" >&2
    fail "no line '$2'"
}
