# shellcheck shell=bash disable=SC2154 # variables of cache.sh and of those who source this
# SPDX-License-Identifier: MIT
#
# What Debian has: its mirror, an index of its kernels, and which of them a name means. apt does the work, in a folder of
# our own, as any user; neither the machine's package lists nor its settings are touched.

# In `mirror` and `security`: that of the machine's own sources, or Debian's own where there is none.
find_mirror() {
    local known suite uri
    mirror=${RXLAB_DEBIAN_MIRROR:-} security=''
    if [[ -z $mirror ]]; then
        known=" $(suites_of any) "
        # shellcheck disable=SC2016 # apt's variables
        while read -r _ suite uri; do
            [[ $known == *" $suite "* ]] || continue
            case $suite in
                *-security) security=${security:-$uri} ;;
                *) mirror=${mirror:-$uri} ;;
            esac
        done < <(apt-get indextargets --format '$(CREATED_BY) $(RELEASE) $(REPO_URI)' 2>/dev/null | grep '^Packages ')
    fi
    mirror=${mirror:-http://deb.debian.org/debian}
    mirror=${mirror%/}
    security=${security:-$mirror-security}
}

# A configuration for apt that keeps the machine's way to the network (proxies, certificates) and takes
# nothing else: its hooks would run, and its lists be replaced.
write_apt_conf() { # FOLDER SUITE…
    local keyring=/usr/share/keyrings/debian-archive-keyring.gpg suite from folder=$1
    shift
    [[ -r $keyring ]] || die "read $keyring: missing; apt-get install debian-archive-keyring"
    mkdir -p -- "$folder"/{lists,archives}/partial "$folder/none" || return
    for suite in "$@"; do
        from=$mirror
        [[ $suite != *-security ]] || from=${security%/}
        printf 'deb [arch=amd64 signed-by=%s] %s %s main\n' "$keyring" "$from" "$suite"
    done >"$folder/sources.list" || return
    {
        apt-config dump | grep '^Acquire::' | grep -v '^Acquire::IndexTargets'
        cat <<END
Dir::State "$folder";
Dir::State::lists "lists";
Dir::Cache "$folder";
Dir::Cache::archives "archives";
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "$folder/none";
Dir::Etc::parts "$folder/none";
Dir::Etc::preferencesparts "$folder/none";
Dir::Etc::main "$folder/none/apt.conf";
Dir::Etc::preferences "$folder/none/preferences";
APT::Architecture "amd64";
APT::Sandbox::User "root"; # _apt may not enter this folder
Acquire::Languages "none";
END
    } >"$folder/apt.conf"
}

# A signal to us waits for no child; the child ends with us.
apt_get() { # WORD…
    setpriv --pdeathsig TERM apt-get "$@" &
    wait $!
}

apt_error() { sed -n -E 's/^[EW]: //p' "$1/log" | head -n 1; }

# The index of these suites, for the commands below. One that cannot be had (a mirror without security updates, a suite
# that was archived) is left out; it fails where there is no index at all.
open_archive() { # FOLDER SUITE…
    write_apt_conf "$@" || die "write $1: see above"
    export APT_CONFIG=$1/apt.conf
    apt_get update -q >"$1/log" 2>&1
    [[ -n $(apt-cache pkgnames linux-image- 2>/dev/null | head -n 1) ]]
}

# VERSION RELEASE SUITE, one a line, oldest first: each kernel that there are headers for. Release candidates too.
offered() {
    local names
    mapfile -t names < <(apt-cache pkgnames linux-image- | grep -E '^linux-image-[0-9]+\.[0-9]+(\.[0-9]|-rc)[^ ]*-amd64$' |
        grep -vE -- '-(cloud|rt)-amd64$' | sed 's/^linux-image-\(.*\)/linux-image-\1\nlinux-headers-\1/')
    ((${#names[@]} == 0)) || apt-cache madison "${names[@]}" | awk -F ' *[|] *' '
        { name = $1; sub(/^ */, "", name); split($3, from, " "); suite = from[2]; sub("/main$", "", suite) }
        name ~ /^linux-headers-/ { headers[substr(name, 15) " " $2] = 1; next }
        { release = substr(name, 13) }
        !((release " " $2) in image) { image[release " " $2] = $2 " " release " " suite }
        END { for (key in image) if (key in headers) print image[key] }' | sort -V
}

# The compiler that built a kernel, as its headers ask for it: gcc-12.
compiler_of() { # VERSION RELEASE
    apt-cache show -- "linux-headers-$2=$1" | sed -n 's/^Depends: .*\(gcc-[0-9]*\).*/\1/p' | head -n 1
}

# Which of the kernels offered (on standard input) NAME means: "newest", a release (7.2.12+deb14-amd64), a version of the
# package (7.3.4-1~bpo13+1), or the beginning of versions (6.12, 6.12.117): of these the newest that a compiler of this
# machine has built, or just the newest. Prints nothing where there is none.
choose() { # NAME
    local version release suite i matching=()
    while read -r version release suite; do
        if [[ $1 == "$version" || $1 == "$release" ]]; then
            printf '%s %s %s' "$version" "$release" "$suite"
            return
        fi
        [[ $version == *~rc* || ($1 != newest && $version != "$1"[.+~-]*) ]] ||
            matching+=("$version $release $suite")
    done
    ((${#matching[@]} > 0)) || return 0
    for ((i = ${#matching[@]} - 1; i >= 0; i--)); do
        [[ $1 != newest ]] || break
        read -r version release suite <<<"${matching[i]}"
        command -v "$(compiler_of "$version" "$release")" >/dev/null && break
    done
    printf '%s' "${matching[i < 0 ? -1 : i]}"
}
