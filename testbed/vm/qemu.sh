# shellcheck shell=bash disable=SC2034,SC2054,SC2154 # variables of vm
# SPDX-License-Identifier: MIT
#
# QEMU's command line and its channels. Channels are file descriptors that QEMU inherits (no temporary files, no
# sockets to clean up); QEMU's own messages, and its end, also show on control.

kernel_command_line() {
    # Everything goes to the console, so that the log is complete after a panic. An oops becomes a panic, because
    # what follows an oops proves nothing. Shared machines stall, which must not be taken for a lockup.
    printf '%s' "console=ttyS0 ignore_loglevel printk.time=1 panic=-1 oops=panic no_timer_check" \
        " watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60 net.ifnames=0"
    # QEMU's emulator keeps translated code by its virtual address. If each program starts at a random address, it
    # translates the whole C library anew for each (measured: 28 ms instead of 12 to run `true`).
    [[ $accel == kvm ]] || printf ' norandmaps'
    [[ -z $iommu ]] || printf ' intel_iommu=on iommu=pt'
    printf '%s' "$append"
}

# QEMU wants a comma in a value to be written twice.
channel() { # NAME FD: from the guest
    arguments+=(-add-fd "fd=$2,set=$2" -chardev "file,id=$1,path=/dev/fdset/$2,append=on"
        -device "virtserialport,chardev=$1,name=rxlab.$1")
}

share() { # ID FOLDER TAG OPTIONS
    arguments+=(-fsdev "local,id=$1,path=${2//,/,,},security_model=none,multidevs=remap$4"
        -device "virtio-9p-pci,fsdev=$1,mount_tag=$3")
}

# Slots of the root bus for cards whose virtual functions take the slots after them (and 16 further on): two apart, from
# the top of what QEMU does not give to others by itself.
wide_slots=(a c 8 6 4)

# Says it before QEMU does, in whose messages it would be hard to find.
check_cards() {
    local model hint=''
    for model in $(printf '%s\n' "${nics[@]%%,*}" | sort -u); do
        [[ $model != igb ]] || hint='; igb came with QEMU 8.0; for Debian 12, docs/emulated-nics.md has the commands'
        qemu-system-x86_64 -device "$model,help" >/dev/null 2>&1 ||
            die "plug in a network card $model: $(qemu-system-x86_64 --version | sed -n '1s/.*version \([0-9.]*\).*/QEMU \1/p') has none of" \
                "this name; see: qemu-system-x86_64 -device help$hint"
    done
}

machine_arguments() {
    local i wide=0
    arguments=(-nodefaults -no-user-config -no-reboot -display none
        -M "q35${iommu:+,kernel-irqchip=split}" -accel "${accel/tcg/tcg,thread=multi}" -cpu max -smp "$cores" -m "$memory_mib"
        -kernel "$image" -initrd "$initramfs" -append "$(kernel_command_line)"
        -chardev "file,id=console,path=${console//,/,,}" -serial chardev:console)
    [[ -z $iommu ]] || arguments+=(-device intel-iommu,intremap=on,caching-mode=on)
    share root / host ,readonly=on
    for i in "${!shares[@]}"; do
        share "share$i" "${shares[i]}" "share$i" ''
    done
    for i in "${!nics[@]}"; do
        # Without these, a virtio device bypasses the IOMMU, and the addresses of a vfio driver mean nothing to it.
        [[ -z $iommu || ${nics[i]} != virtio-net-pci* ]] || nics[i]+=,disable-legacy=on,iommu_platform=on
        if [[ ${nics[i]} == igb* && ${nics[i]} != *,addr=* && ${nics[i]} != *,bus=* ]]; then
            nics[i]+=,addr=${wide_slots[wide++]:-}
        fi
        arguments+=(-netdev "hubport,hubid=0,id=wire$i" -device "${nics[i]},netdev=wire$i,id=nic$i")
    done
    # One more port of the hub, with nothing at it, which takes every frame. Without it a frame for a full ring waits in one
    # of two queues, before the hub or before the card, and QEMU empties the first one first: later frames overtake.
    ((${#nics[@]} < 2)) || arguments+=(-netdev hubport,hubid=0,id=wire-end)
    [[ -z $monitor ]] || arguments+=(-qmp "unix:${monitor//,/,,},server=on,wait=off")
    for i in "${devices[@]}"; do
        arguments+=(-device "$i")
    done
    # The guest's kernel looks after these slots itself (pciehp), not through ACPI: writing "off" to the power control
    # of one pulls what is in it.
    ((${#slots[@]} == 0)) || arguments+=(-global ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off)
    for i in "${!slots[@]}"; do
        arguments+=(-device "pcie-root-port,id=slot$i,chassis=$((i + 1)),slot=$((i + 1))"
            -device "${slots[i]},bus=slot$i,id=card$i")
    done
}

# Opens standard input anew in stdin_fd: QEMU makes it non-blocking, which would affect everybody who has it open.
open_stdin() {
    if [[ -c /dev/stdin || -p /dev/stdin || -f /dev/stdin ]] && { exec {stdin_fd}</dev/stdin; } 2>/dev/null; then
        [[ ! -f /dev/stdin ]] || exec {stdin_fd}<&0 # keeps its position; non-blocking means nothing for files
    elif [[ -e /dev/stdin ]]; then
        exec {stdin_fd}< <(exec cat)
    else
        exec {stdin_fd}</dev/null
    fi
}

# Sets cover: what root puts before QEMU, so that a guest sees no more than that of an ordinary user.
cover_for_root() {
    local each
    cover=()
    ((EUID == 0)) || return 0
    if ! unshare --mount --propagation private true 2>/dev/null; then
        echo "vm: root may not make mount namespaces here: the guest sees what only root may read (/root, /etc/shadow, keys)" >&2
        return 0
    fi
    cover=(bash "$here/cover.sh")
    for each in "$here/../.." "$cache_dir" "$PWD" "$image" "$modules" "$initramfs" "$console" "${monitor:+$(dirname -- "$monitor")}" \
        "${shares[@]}"; do
        [[ ! -e $each ]] || cover+=("$each")
    done
    cover+=(--)
}

# Sets qemu_pid, control_fd and cats. When we end, however we end, the kernel kills QEMU; a check that we are still
# alive covers the moment before that is set up.
start_qemu() { # TERMINAL
    local out_fd err_fd job_fd stdout_fd arguments cover us=$BASHPID
    machine_arguments
    cover_for_root
    arguments+=(-device virtio-serial-pci -chardev stdio,id=in,signal=off)
    open_stdin
    if [[ -n $1 ]]; then
        terminal_state=$(stty -g)
        exec {stdout_fd}>/dev/tty
        arguments+=(-device virtconsole,chardev=in,name=rxlab.terminal)
    else
        exec {stdout_fd}>/dev/null
        arguments+=(-device virtserialport,chardev=in,name=rxlab.in)
    fi
    exec {out_fd}> >(exec cat)
    cats=("$!")
    exec {err_fd}> >(exec cat >&2 {out_fd}>&-)
    cats+=("$!")
    channel out "$out_fd"
    channel err "$err_fd"
    exec {job_fd}< <(exec {out_fd}>&- {err_fd}>&- && write_job "$1")
    arguments+=(-fw_cfg "name=opt/rxlab/job,file=/dev/fd/$job_fd")
    exec {control_fd}< <(
        exec {control_out}>&1
        channel control "$control_out"
        ulimit -c 0
        # shellcheck disable=SC2016 # for the inner bash
        exec setpriv --pdeathsig KILL bash -c '[[ $PPID == "$1" ]] && shift && exec "$@"' vm "$us" \
            "${cover[@]}" qemu-system-x86_64 "${arguments[@]}" <&"$stdin_fd" >&"$stdout_fd" 2>&"$control_out"
    )
    qemu_pid=$!
    exec {out_fd}>&- {err_fd}>&- {job_fd}<&- {stdout_fd}>&-
}
