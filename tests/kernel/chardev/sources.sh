#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# sources.sh KERNEL…: what can be said of the driver's sources and of its Makefile without running it.
# shellcheck source=../../claims.sh
. "${RXLAB_SOURCE_DIR:?}/tests/claims.sh"
export LC_ALL=C
kernels=("$@")
source=$RXLAB_SOURCE_DIR/kernel/chardev
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

headers_of() { "$RXLAB_SOURCE_DIR/testbed/vm/kernels" "$1" | sed -n 's/^headers=//p'; }
by_make() { env -u MAKEFLAGS make --no-print-directory -C "$source" "$@"; }
c_files() { (cd "$source" && ls ./*.[ch] probes/*.c uapi/rxlab/*.h); }
# The folder of the module for a kernel, built once with every check there is.
built() { # KERNEL
    [[ -e $work/$1/rxlab_chardev.ko ]] ||
        by_make KDIR="$(headers_of "$1")" OUT="$work/$1" W=1 C=1 KCFLAGS=-Werror >"$work/$1.log" 2>&1 ||
        fail "build for $1: $(cat "$work/$1.log")" || return
    printf '%s' "$work/$1"
}
snapshot() { (cd "$source" && find . -path ./build -prune -o -type f -print); }

test_it_builds_without_a_warning_of_gcc_or_sparse_and_leaves_the_sources_alone() {
    command -v sparse >/dev/null || fail 'sparse is not installed (apt-get install sparse)'
    local kernel
    for kernel in "${kernels[@]}"; do
        built "$kernel" >/dev/null
        output=$(<"$work/$kernel.log")
        expect_output '*CHECK*main.c*CHECK*sysfs.c*'
        # Nothing of kbuild's own, either: what comes with every build hides what is new.
        [[ $output != *[Ww]arning:* && $output != *error:* && $output != *pahole* ]] || fail "$kernel: $output"
        expect 0 by_make KDIR="$(headers_of "$kernel")" OUT="$work/$kernel"
        expect_output '*Nothing to be done*'
    done
}

# Headers of 7.x come without what kbuild asks about sparse, and older versions of sparse stumble over them.
test_sparse_and_gcc_notice_a_mistake_on_each_kernel() {
    local kernel faulty=$work/planted/faulty wanted
    mkdir -p "$faulty" && cp "$source"/../{module.mk,driver.sh,check.sh} "$work/planted"
    cp "$source"/{Makefile,Kbuild,driver.sh} "$faulty"
    printf 'module := planted\nsources := a.c\nheaders :=\nprobes :=\nbuild := Kbuild files.mk\n' >"$faulty/files.mk"
    # To read user memory through its pointer is what sparse is there for; gcc sees nothing in it.
    cat >"$faulty/a.c" <<'END'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/moduleparam.h>
#include <linux/module.h>
int rxlab_planted(const int __user *pointer);
int rxlab_planted(const int __user *pointer)
{
	return *pointer;
}
static int rxlab_unused;
MODULE_DESCRIPTION("planted");
MODULE_LICENSE("GPL");
END
    for kernel in "${kernels[@]}"; do
        wanted=$work/planted-$kernel
        expect 0 env -u MAKEFLAGS make --no-print-directory -C "$faulty" KDIR="$(headers_of "$kernel")" OUT="$wanted" C=1 \
            "$wanted/planted.ko"
        [[ $output == *'a.c:9:12: warning: '*rxlab_unused*'defined but not used'* &&
            $output == *'a.c:7:'*' warning: dereference of noderef expression'* ]] || fail "$kernel: not noticed: $output"
        [[ $(grep -c 'warning:\|error:' <<<"$output") == 2 ]] || fail "$kernel: more than what was planted: $output"
    done
}

test_without_sparse_a_check_fails() {
    mkdir -p "$work/bin" && ln -sf "$(command -v bash)" "$work/bin"
    expect 1 env PATH="$work/bin" bash "$source/../check.sh" -m64 fifo.c
    expect_output 'check fifo.c: sparse is not installed: apt-get install sparse'
}

test_the_probes_find_what_each_kernel_has() {
    local header
    for kernel in "${kernels[@]}"; do
        header=$(headers_of "$kernel")/source/include/linux/device/class.h
        [[ -r $header ]] || header=$(echo "$(headers_of "$kernel")"/../linux-headers-*-common/include/linux/device/class.h)
        local flags
        flags=$(cat "$(built "$kernel")/.main.o.cmd")
        if grep -q 'class_create(const char \*name)' "$header"; then
            [[ $flags == *-DRXLAB_CLASS_CREATE_ONE_ARGUMENT* ]] || fail "$kernel: class_create"
        else
            [[ $flags != *-DRXLAB_CLASS_CREATE_ONE_ARGUMENT* ]] || fail "$kernel: class_create"
        fi
        if grep -q 'devnode)(const struct device' "$header"; then
            [[ $flags == *-DRXLAB_DEVNODE_TAKES_CONST* ]] || fail "$kernel: devnode"
        else
            [[ $flags != *-DRXLAB_DEVNODE_TAKES_CONST* ]] || fail "$kernel: devnode"
        fi
    done
}

test_no_version_number_is_asked_for() {
    ! grep -rnE 'LINUX_VERSION_CODE|KERNEL_VERSION' "$source" --include='*.[ch]' --include=Kbuild || fail 'a version ladder'
}

test_no_defect_is_built_in_without_being_asked_for() {
    ! grep -q defects/ "$(built "${kernels[0]}")"/.*.cmd || fail 'DEFECT is on'
    [[ ! -e $work/${kernels[0]}/defects ]] || fail 'a defect is among the sources'
}

# Nothing has changed but what is asked for.
test_a_check_or_a_defect_that_is_asked_for_is_not_taken_for_done() {
    local folder wanted
    folder=$work/again
    wanted=(KDIR="$(headers_of "${kernels[0]}")" OUT="$folder")
    expect 0 by_make "${wanted[@]}" DEFECT=leak-record
    grep -q -- '-include [^ ]*defects/leak-record.h' "$folder/.fifo.o.cmd" || fail 'the defect is not built in'
    expect 0 by_make "${wanted[@]}" DEFECT=leak-record
    expect_output '*Nothing to be done*'
    expect 0 by_make "${wanted[@]}"
    ! grep -q defects/ "$folder/.fifo.o.cmd" || fail 'the defect is still built in'
    expect 0 by_make "${wanted[@]}" C=1
    expect_output '*CHECK*main.c*'
    expect 2 by_make "${wanted[@]}" DEFECT=none-of-these
    expect_output '*DEFECT=none-of-these: there is none of that name; there are: *leak-record*'
    rm -r "$folder"
}

# What a reader of the driver reads is the driver.
test_the_drivers_own_text_knows_nothing_of_defects() {
    ! grep -n -i defect "$source"/*.[ch] "$source"/uapi/rxlab/*.h || fail 'a defect in the text'
    local name
    for name in "$source"/defects/*.h; do
        name=${name##*/}
        grep -q "^| \`${name%.h}\` |" "$source/defects/README.md" || fail "README.md does not name ${name%.h}"
    done
}

test_the_driver_is_as_short_as_its_readme_says() {
    local lines
    lines=$(cd "$source" && cat ./*.[ch] uapi/rxlab/*.h | wc -l)
    lines=$((lines - $(wc -l <"$source/rxlabctl.c")))
    grep -q 'in less than 1,000' "$source/README.md" || fail 'another claim'
    ((lines < 1000)) || fail "$lines lines"
}

# Headers of 7.x have no kernel-doc: it is a Python program now, in tools/docs. The newest that has the script checks.
test_kernel_doc_is_sound() {
    local kernel script files
    for kernel in "${kernels[@]}"; do
        [[ ! -x $(headers_of "$kernel")/scripts/kernel-doc ]] || script=$(headers_of "$kernel")/scripts/kernel-doc
    done
    [[ -n ${script:-} ]] || skip "none of ${kernels[*]} has a kernel-doc: configure with 6.12, too"
    cd "$source" && mapfile -t files < <(c_files)
    # Without perl's own warnings: perl 5.42 has some about this script.
    expect 0 perl -X "$script" -none -Werror "${files[@]}"
    [[ -z $output ]] || fail "$output"
}

test_the_list_of_files_is_complete() {
    local listed
    listed=$(make -s -C "$source" -f - list <<<$'include files.mk\nlist:\n\t@printf "%s\\n" $(sources) $(headers) $(probes) $(build)')
    diff <(sort <<<"$listed") <(cd "$source" && find . \( -path ./build -o -path ./defects \) -prune -o \( -name '*.[ch]' -o -name Kbuild \
        -o -name files.mk \) ! -name rxlabctl.c -printf '%P\n' | sort) || fail 'files.mk and the folder differ'
}

test_dkms_metadata_match_the_module() {
    local PACKAGE_NAME PACKAGE_VERSION BUILT_MODULE_NAME kernel_source_dir='' dkms_tree=''
    # shellcheck source=../../../kernel/chardev/dkms.conf
    . "$source/dkms.conf"
    local info
    info=$(busybox strings "$(built "${kernels[0]}")/rxlab_chardev.ko")
    grep -Fqx "version=$PACKAGE_VERSION" <<<"$info" || fail 'the version'
    grep -Fqx "name=$PACKAGE_NAME" <<<"$info" || fail 'the name'
    # shellcheck disable=SC2128 # dkms.conf has the first element only
    [[ $BUILT_MODULE_NAME == "$PACKAGE_NAME" ]] || fail 'BUILT_MODULE_NAME'
}

# What DKMS does: the tree is copied to a build folder, and MAKE[0] run there with its variables set.
test_the_dkms_tree_builds_with_its_own_command() {
    local PACKAGE_NAME PACKAGE_VERSION MAKE kernel_source_dir dkms_tree=$work/dkms
    for kernel in "${kernels[@]}"; do
        kernel_source_dir=$(headers_of "$kernel")
        . "$source/dkms.conf"
        local build=$dkms_tree/$PACKAGE_NAME/$PACKAGE_VERSION/build
        rm -rf "$dkms_tree" && mkdir -p "$build"
        expect 0 by_make OUT="$work/tree" dkms
        cp -r "$work/tree/dkms/." "$build"
        # shellcheck disable=SC2128 # dkms.conf has the first element only
        (cd "$build" && env -u MAKEFLAGS bash -c "$MAKE CONFIG_DEBUG_INFO_BTF_MODULES=") >"$work/log" 2>&1 ||
            fail "$kernel: $(cat "$work/log")"
        [[ -s $build/$PACKAGE_NAME.ko ]] || fail "$kernel: no module"
    done
}

test_make_names_what_is_missing() {
    expect 2 by_make KDIR=/nonexistent OUT="$work/missing"
    expect_output '*build for /nonexistent: no kernel headers there*'
    if [[ ! -e /lib/modules/$(uname -r)/build ]]; then
        expect 2 by_make OUT="$work/missing"
        expect_output "*no headers for the running kernel*apt-get install linux-headers-$(uname -r)*./rxlab vm shell*"
    fi
    if [[ ! -e /proc/modules ]]; then
        for what in load unload test; do
            expect 2 by_make OUT="$work/missing" "$what"
            expect_output "*$what: this kernel has no module support*./rxlab vm shell*"
        done
    fi
    expect 2 by_make OUT='/tmp/a b' all
    expect_output '*kbuild cannot build in a folder with a space*'
    expect 0 by_make help
    expect_output '*make load*make test*make unload*'
}

run_claims
