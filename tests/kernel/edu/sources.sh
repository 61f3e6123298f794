#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# sources.sh KERNEL…: what can be said of the driver's sources and of its Makefile without running it.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
export LC_ALL=C
kernels=("$@")
source=$RXLAB_SOURCE_DIR/kernel/edu
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

headers_of() { "$RXLAB_SOURCE_DIR/testbed/vm/kernels" "$1" | sed -n 's/^headers=//p'; }
by_make() { env -u MAKEFLAGS make --no-print-directory -C "$source" "$@"; }
snapshot() { (cd "$source" && find . -path ./build -prune -o -type f -print); }

test_it_builds_without_a_warning_of_gcc_or_sparse_and_leaves_the_sources_alone() {
    command -v sparse >/dev/null || skip 'sparse is not installed (apt-get install sparse)'
    local kernel
    for kernel in "${kernels[@]}"; do
        expect 0 by_make KDIR="$(headers_of "$kernel")" OUT="$work/$kernel" W=1 C=1 KCFLAGS=-Werror
        expect_output '*CHECK*main.c*CHECK*fops.c*'
        [[ $output != *[Ww]arning:* && $output != *error:* && $output != *pahole* ]] || fail "$kernel: $output"
        expect 0 by_make KDIR="$(headers_of "$kernel")" OUT="$work/$kernel"
        expect_output '*Nothing to be done*'
    done
}

test_no_version_number_is_asked_for() {
    ! grep -rnE 'LINUX_VERSION_CODE|KERNEL_VERSION' "$source" --include='*.[ch]' --include=Kbuild || fail 'a version ladder'
}

test_the_driver_is_as_short_as_its_readme_says() {
    local lines
    lines=$(cd "$source" && cat ./*.[ch] uapi/rxlab/*.h | wc -l)
    lines=$((lines - $(wc -l <"$source/eductl.c")))
    grep -q 'in less than 1,000 lines' "$source/README.md" || fail 'another claim'
    ((lines < 1000)) || fail "$lines lines"
}

# Headers of 7.x have no kernel-doc: it is a Python program now, in tools/docs. The newest that has the script checks.
test_kernel_doc_is_sound() {
    local kernel script=''
    for kernel in "${kernels[@]}"; do
        [[ ! -x $(headers_of "$kernel")/scripts/kernel-doc ]] || script=$(headers_of "$kernel")/scripts/kernel-doc
    done
    [[ -n $script ]] || skip "none of ${kernels[*]} has a kernel-doc: configure with 6.12, too"
    expect 0 perl -X "$script" -none -Werror "$source"/*.[ch] "$source"/uapi/rxlab/*.h
    [[ -z $output ]] || fail "$output"
}

test_the_list_of_files_is_complete() {
    local listed
    # shellcheck disable=SC2016 # for make
    listed=$(make -s -C "$source" -f - list <<<$'include files.mk\nlist:\n\t@printf "%s\\n" $(sources) $(headers) $(build)')
    diff <(sort <<<"$listed") <(cd "$source" && find . -path ./build -prune -o \( -name '*.[ch]' -o -name Kbuild \
        -o -name files.mk \) ! -name eductl.c -printf '%P\n' | sort) || fail 'files.mk and the folder differ'
}

test_make_names_what_is_missing() {
    expect 2 by_make KDIR=/nonexistent OUT="$work/missing"
    expect_output '*build for /nonexistent: no kernel headers there; for the guests: make guest*'
    expect 2 by_make OUT='/tmp/a b' all
    expect_output '*kbuild cannot build in a folder with a space*'
    if [[ ! -e /proc/modules ]]; then
        for what in load unload test; do
            expect 2 by_make OUT="$work/missing" "$what"
            expect_output "*$what: this kernel has no module support*./rxlab vm shell --slot edu*"
        done
    fi
    expect 0 by_make help
    expect_output '*make load*make test*make pull*make unload*'
}

run_claims
