#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# guest.sh: runs as root in a guest with an edu device behind an IOMMU that translates. $module_out holds the learner's
# module and eductl. Prints the first finding. The kernel traces what is mapped in the IOMMU, and for how long.
set -u
device=/dev/rxlab_edu0
tracing=/sys/kernel/tracing
bytes=4095

found() {
    echo "finding $*"
    exit 0
}

# Of the trace: a line "ADDRESS PHYSICAL SECONDS" for each mapping; how long it lasted, "-": it is still there.
mappings() {
    awk '/ map: IOMMU: / {
            split($0, at, / map: IOMMU: /); n = split(at[1], before, " "); sub(":", "", before[n])
            match($0, /iova=0x[0-9a-f]+/); iova = substr($0, RSTART + 5, RLENGTH - 5)
            match($0, /paddr=0x[0-9a-f]+/); begin[++count] = before[n]; address[count] = iova
            physical[count] = substr($0, RSTART + 6, RLENGTH - 6); last[iova] = count; seconds[count] = "-" }
        / unmap: IOMMU: / {
            split($0, at, / unmap: IOMMU: /); n = split(at[1], before, " "); sub(":", "", before[n])
            match($0, /iova=0x[0-9a-f]+/); iova = substr($0, RSTART + 5, RLENGTH - 5)
            if (iova in last) seconds[last[iova]] = before[n] - begin[last[iova]] }
        END { for (i = 1; i <= count; i++) print address[i], physical[i], seconds[i] }' "$tracing/trace"
}

faults() { dmesg | grep -oE 'DMAR: \[DMA .*fault addr.*'; }

# One transfer, by COMMAND; $mapping: what it mapped.
transfer() { # WHAT COMMAND…
    local what=$1 said
    shift
    dmesg --clear
    echo >$tracing/trace
    said=$("$@" 2>&1) || found fails "$what the device: ${said##*: }"
    mapping=$(mappings)
    [[ -n $mapping ]] ||
        found not-mapped "$what the device: nothing was mapped. The IOMMU says: $(faults | head -n 1)"
    [[ $mapping != *' -'* ]] || found never-unmapped "$what the device: the mapping at ${mapping%% *} is still there"
    awk '{ exit $3 < 0.09 }' <<<"$mapping" || found unmapped-too-early \
        "$what the device: unmapped after $(awk '{ printf "%.0f", $3 * 1e6 }' <<<"$mapping") us; a transfer takes 100,000"
    [[ -z $(faults) ]] || found wrong-direction "$what the device: the IOMMU says: $(faults | head -n 1)"
}

busybox insmod "${module_out:?}/rxlab_edu.ko" || exit 1
address=$(basename "$(readlink -f /sys/class/misc/rxlab_edu0/device)")
echo 1 >$tracing/events/iommu/map/enable && echo 1 >$tracing/events/iommu/unmap/enable || exit 1

head -c $bytes /dev/urandom >/run/sent
transfer 'writing to' dd if=/run/sent of=$device bs=$bytes status=none
transfer 'reading from' dd if=$device of=/run/received bs=$bytes count=1 status=none
cmp -s /run/sent /run/received || found wrong-data "$bytes bytes were written, and others came back"

# Both addresses, as numbers; the page of the mapping is what is traced.
noted=$("$module_out/eductl" $device info | sed -n 's/.*memory at \(0x[0-9a-f]*\), which the device calls \(0x[0-9a-f]*\)$/\2 \1/p')
read -r dma physical <<<"${noted:-0 0}"
read -r traced_dma traced_physical _ <<<"$mapping"
((dma == traced_dma && physical == traced_physical)) || found not-noted \
    "$(printf 'memory at %#x was mapped at %#x; noted was %#x at %#x' "$traced_physical" "$traced_dma" "$physical" "$dma")"

# The device goes away in the middle of a transfer: again and again, until that was in the middle.
for ((i = 0; i < 20; i++)); do
    echo >$tracing/trace
    dd if=$device of=/run/received bs=$bytes count=1 status=none 2>/run/said &
    until [[ $(<$tracing/trace) == *' map: IOMMU: '* || ! -e /proc/$! ]]; do :; done
    echo "$address" >/sys/bus/pci/drivers/rxlab_edu/unbind
    wait $! && succeeded=yes || succeeded=''
    mapping=$(mappings)
    [[ $mapping != *' -'* ]] ||
        found never-unmapped "a transfer failed, and its mapping at ${mapping%% *} is still there"
    in_the_middle=$(awk '$3 < 0.09 { print "yes" }' <<<"$mapping")
    [[ -z $in_the_middle || -z $succeeded ]] ||
        found hides-errors 'the device was taken away in the middle of a transfer, and read() succeeded'
    [[ -z $in_the_middle ]] || break
    echo "$address" >/sys/bus/pci/drivers/rxlab_edu/bind
done
((i < 20)) || { echo 'the device never went away in the middle of a transfer' >&2 && exit 1; }
busybox rmmod rxlab_edu
