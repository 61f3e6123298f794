# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What is true of every module's sources, Makefile and driver.sh, and can be seen without loading the module. Each module's
# sources.sh KERNEL… sets these variables, sources this file, adds claims of its own and calls run_claims:
#   folder      of the module, in kernel/
#   apart       the C files in it that belong to programs, not to the module
#   guest       the command that its messages recommend instead
# shellcheck disable=SC2154 # these three
# shellcheck source=../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
export LC_ALL=C
kernels=("$@")
source=$RXLAB_SOURCE_DIR/kernel/$folder
name=$(sed -n 's/^module *:= *//p' "$source/files.mk")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

headers_of() { "$RXLAB_SOURCE_DIR/testbed/vm/kernels" "$1" | sed -n 's/^headers=//p'; }
by_make() { env -u MAKEFLAGS make --no-print-directory -C "$source" "$@"; }
# From files.mk: sources, headers, probes or build.
listed() { make -s -C "$source" -f - list <<<"include files.mk"$'\nlist:\n\t@printf "%s\\n" '"$*"; }
# The folder of the module for a kernel, built once with every check there is.
built() { # KERNEL
    [[ -e $work/$1/$name.ko ]] ||
        by_make KDIR="$(headers_of "$1")" OUT="$work/$1" W=1 C=1 KCFLAGS=-Werror >"$work/$1.log" 2>&1 ||
        fail "build for $1: $(cat "$work/$1.log")" || return
    printf '%s' "$work/$1"
}
snapshot() { (cd "$source" && find . -path ./build -prune -o -type f -print); }

test_it_builds_without_a_warning_of_gcc_or_sparse_and_leaves_the_sources_alone() {
    command -v sparse >/dev/null || fail 'sparse is not installed (apt-get install sparse)'
    local kernel file
    for kernel in "${kernels[@]}"; do
        built "$kernel" >/dev/null
        output=$(<"$work/$kernel.log")
        for file in $(listed '$(sources)'); do
            expect_output "*CHECK*/$file*"
        done
        # Nothing of kbuild's own, either: what comes with every build hides what is new.
        [[ $output != *[Ww]arning:* && $output != *error:* && $output != *pahole* ]] || fail "$kernel: $output"
        expect 0 by_make KDIR="$(headers_of "$kernel")" OUT="$work/$kernel"
        expect_output '*Nothing to be done*'
    done
}

test_no_version_number_is_asked_for() {
    ! grep -rnE 'LINUX_VERSION_CODE|KERNEL_VERSION' "$source" --include='*.[ch]' --include=Kbuild || fail 'a version ladder'
}

# Headers of 7.x have no kernel-doc: it is a Python program now, in tools/docs. The newest that has the script checks.
test_kernel_doc_is_sound() {
    local kernel script='' files
    for kernel in "${kernels[@]}"; do
        [[ ! -x $(headers_of "$kernel")/scripts/kernel-doc ]] || script=$(headers_of "$kernel")/scripts/kernel-doc
    done
    [[ -n $script ]] || skip "none of ${kernels[*]} has a kernel-doc: configure with 6.12, too"
    cd "$source" && mapfile -t files < <(shopt -s nullglob && printf '%s\n' ./*.[ch] probes/*.c uapi/rxlab/*.h)
    # Without perl's own warnings: perl 5.42 has some about this script.
    expect 0 perl -X "$script" -none -Werror "${files[@]}"
    [[ -z $output ]] || fail "$output"
}

test_the_list_of_files_is_complete() {
    diff <(listed '$(sources) $(headers) $(probes) $(build)' | sed '/^$/d' | sort) <(cd "$source" &&
        find . \( -path ./build -o -path ./defects \) -prune -o \( -name '*.[ch]' -o -name Kbuild -o -name files.mk \) \
            -printf '%P\n' | grep -vxFf <(printf '%s\n' "${apart[@]}") | sort) || fail 'files.mk and the folder differ'
}

test_make_names_what_is_missing() {
    expect 2 by_make KDIR=/nonexistent OUT="$work/missing"
    expect_output '*build for /nonexistent: no kernel headers there; for the guests: make guest*'
    if [[ ! -e /lib/modules/$(uname -r)/build ]]; then
        expect 2 by_make OUT="$work/missing"
        expect_output "*no headers for the running kernel*apt-get install linux-headers-$(uname -r)*$guest*"
    fi
    if [[ ! -e /proc/modules ]]; then
        for what in load unload test; do
            expect 2 by_make OUT="$work/missing" "$what"
            expect_output "*$what: this kernel has no module support*$guest*"
        done
    fi
    expect 2 by_make OUT='/tmp/a b' all
    expect_output '*kbuild cannot build in a folder with a space*'
    expect 0 by_make help
    expect_output '*make load*make test*make unload*'
}

# The marks of the labs are not counted: nobody reads them.
is_short_as_the_readme_says() { # WORDS OF THE README LINES
    local lines
    lines=$(listed '$(sources) $(headers)' | (cd "$source" && xargs cat) | grep -vcE '\[(end )?lab: ')
    grep -q "$1" "$source/README.md" || fail 'another claim'
    ((lines <= $2)) || fail "$lines lines"
}
