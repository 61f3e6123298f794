# shellcheck shell=bash disable=SC2154 # see labs/grading.sh
# SPDX-License-Identifier: MIT
# With an IOMMU that translates: it lets the device do what the driver has mapped, and nothing else, and says so.
grade() {
    stage edu
    build_module edu
    # shellcheck disable=SC2034 # for in_guest
    guest_options=(--iommu --append iommu=nopt --slot edu)
    in_guest "$folder/guest.sh"
    if grep -q '^finding ' "$build/said" && still_todo; then finding nothing-yet; fi
    finding_of_guest
    log_is_clean
    ((guest_status == 0)) || cannot "the guest ended with $guest_status: $(tail -n 3 "$build/said")"
}
