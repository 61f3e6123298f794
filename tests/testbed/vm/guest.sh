#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# guest.sh SERIES self|user OPTION…: one guest, and what is claimed of it.
# shellcheck source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
series=$1 who=$2
shift 2
options=("$@")

as=()
if [[ $who == user ]] && ((EUID == 0)); then
    need_open_clone
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work/home")
fi

# Everything that the guest is asked is asked at once: booting is what takes the time.
cat >"$work/inside.sh" <<'END'
exec 3>report
say() { printf '%s=%s\n' "$1" "$2" >&3; }
say release "$(uname -r)"
say user "$(id -u)"
say folder "$PWD"
say argument "$1"
say cores "$(nproc)"
say passed "${RXLAB_PASSED:-} ${CHOSEN:-} ${SECRET:-}"
say hostname "$(cat /proc/sys/kernel/hostname)"
say loopback "$(cat /sys/class/net/lo/flags)"
for folder in /proc /sys /dev /dev/pts /dev/shm /tmp /run; do
    [ -d $folder ] && say have "$folder"
done
say modules "$(sed -n 's/^\(overlay\) .*/\1/p' /proc/modules)"
modprobe e1000e && say loaded "$(sed -n 's/^\(e1000e\) .*/\1/p' /proc/modules)"
[ -r "/lib/modules/$(uname -r)/build/Makefile" ] && say headers yes
echo changed >>"$work/mine"
echo new >"$work/new"
rm "$work/victim"
say overlay "$(cat "$work/mine" "$work/new" | tr '\n' ' ')"
mkdir /run/again
for how in rw,cache=none rw,cache=mmap; do
    mount -t 9p -o "trans=virtio,version=9p2000.L,$how" again /run/again && say mounted "$how" &&
        echo again >"/run/again$work/again" && say wrote "$how"
    umount /run/again
done 2>/dev/null
echo 'rxlab-test: the last words' >/dev/kmsg
sha256sum | cut -c1-64 >stdin_sum
cat "$work/bytes"
cat "$work/more_bytes" >/dev/stderr
sleep 1000 &
exit 37
END

run_guest() {
    mkdir -p "$work/results and 'more'"
    head -c 300000 /dev/urandom >"$work/bytes"
    head -c 200000 /dev/urandom >"$work/more_bytes"
    echo original >"$work/mine"
    echo original >"$work/victim"
    [[ $who == self ]] || ((EUID != 0)) || give_work_to 65534
    cd "$work/results and 'more'" || exit
    export RXLAB_PASSED="it's \$passed" CHOSEN=chosen SECRET=secret work
    "${as[@]}" "$bed/vm" run --kernel "$series" --timeout 200 --dmesg "$work/dmesg" --env work --env CHOSEN \
        --share-rw "$PWD" --device virtio-9p-pci,fsdev=root,mount_tag=again "${options[@]}" -- bash "$work/inside.sh" 'two  words "and" $more' \
        <"$work/bytes" >"$work/out" 2>"$work/err"
    echo $? >"$work/status"
    cp report stdin_sum "$work" || fail "the guest wrote no report: $(cat "$work/err")"
}

reported() { # KEY VALUE
    grep -Fqx -- "$1=$2" "$work/report" || fail "no $1=$2 in: $(cat "$work/report")"
}

test_the_exit_status_comes_back() {
    [[ $(<"$work/status") == 37 ]] || fail "$(<"$work/status"): $(tail -n 40 "$work/err" | tr -cd '[:print:]\n' | tail -c 2000)"
}

test_both_outputs_come_back_apart_and_byte_for_byte() {
    cmp "$work/out" "$work/bytes"
    cmp "$work/err" "$work/more_bytes"
}

test_standard_input_arrives_with_its_end() {
    [[ $(<"$work/stdin_sum") == $(sha256sum <"$work/bytes" | cut -c1-64) ]] || fail 'another sum'
}

test_the_command_runs_as_root_in_the_same_folder_with_its_arguments() {
    reported user 0
    reported folder "$work/results and 'more'"
    reported argument "two  words \"and\" \$more"
}

test_the_environment_is_what_was_chosen() { reported passed "it's \$passed chosen "; }

test_it_is_the_kernel_that_was_asked_for_with_its_modules_and_headers() {
    reported release "$(<"$RXLAB_CACHE/kernels/$series/release")"
    reported modules overlay
    reported loaded e1000e
    reported headers yes
}

test_the_options_hold() {
    local cores
    cores=$(sed -n 's/^cores=//p' "$work/report")
    [[ " ${options[*]} " == *" --cores $cores "* ]] || fail "$cores cores"
}

test_the_guest_is_a_usable_system() {
    local folder
    reported hostname rxlab
    reported loopback 0x9
    for folder in /proc /sys /dev /dev/pts /dev/shm /tmp /run; do
        reported have "$folder"
    done
}

test_the_guest_can_write_anything_and_the_host_sees_nothing_of_it() {
    reported overlay 'original changed new '
    [[ $(<"$work/mine") == original && $(<"$work/victim") == original && ! -e $work/new ]] || fail 'the host was written'
}

# The option of QEMU, not only that of the guest: the second device leads to the same folder.
test_a_mount_for_writing_cannot_write_the_host_either() {
    grep -q '^mounted=' "$work/report" || fail 'it was not even mounted'
    [[ ! -e $work/again ]] || fail 'the host was written'
    ! grep -q '^wrote=' "$work/report" || fail "$(grep ^wrote= "$work/report")"
}

test_the_kernel_log_is_complete_and_clean() {
    grep -q "Linux version $(<"$RXLAB_CACHE/kernels/$series/release")" "$work/dmesg"
    grep -q 'rxlab-test: the last words' "$work/dmesg"
    ! grep -q $'\r' "$work/dmesg" || fail 'carriage returns'
    expect 0 "$bed/kernel_log_check" "$work/dmesg"
}

test_nothing_is_left() {
    eventually 5 no_guests
    expect 0 find "$RXLAB_CACHE/consoles" -type f
    expect_output ''
}

with_kernels "$series"
run_guest
run_claims
