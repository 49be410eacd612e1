# shellcheck shell=bash
# Where commands run: on this host when it is Debian 13 with the packages of the layer, else in a Debian 13 root of ours.
#
# Layers: "test" builds, runs, tests and demonstrates; "tools" is "test" and what lint and the fuzzers need.
# A root is made under a name of its own (root-LAYER-HASH.new.PID) under a lock and renamed when it is whole, so an
# interruption leaves nothing that a later run would take for a root; what a dead run left behind is removed.
# Whoever sources this sets `top` (the checkout) and `cache` (our folder in the user's cache).
# shellcheck disable=SC2154 # top, cache
# shellcheck disable=SC2034 # place, place_lacks: the answers of place()

ROOT_FORMAT=1 # part of the hash: raise it when a root has to be made in another way
ROOT_UNUSED_DAYS=14

# layer_packages LAYER: the names of its packages, one a line.
layer_packages() {
    local lists=(packages-run packages-test)
    [ "$1" = tools ] && lists+=(packages-tools)
    (cd "$top/packaging" && sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "${lists[@]}")
}

# host_release: "ID CODENAME" of this host.
host_release() {
    # shellcheck source=/dev/null
    (. /etc/os-release 2>/dev/null && echo "${ID:-unknown} ${VERSION_CODENAME:-unknown}")
}

# host_lacks LAYER: the packages of the layer that this host does not have, on one line; "" when it has all.
host_lacks() {
    # shellcheck disable=SC2046
    comm -23 <(layer_packages "$1" | sort) \
        <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $(layer_packages "$1") 2>/dev/null |
            sed -n 's/^.i  *//p' | sort) | tr '\n' ' ' | sed 's/ $//'
}

root_path() {
    local hash
    hash=$({ echo "$ROOT_FORMAT $(dpkg --print-architecture)" && layer_packages "$1" | sort; } | sha256sum | cut -c1-12)
    echo "$cache/root-$1-$hash"
}

namespaces_allowed() { unshare --mount --propagation private true 2>/dev/null; }

# place LAYER: sets `place` to "host" or to the path of a root, which is made if need be. What is missing is named
# and ends the script; with a second argument `place` stays empty and `place_lacks` says why. (Not an exit status:
# a caller that tests one would switch off `set -e` in everything below.)
place() {
    local layer=$1 soft=${2:-} release lacks what remedy
    place=
    place_lacks=
    release=$(host_release)
    if [ "$release" = "debian trixie" ]; then
        lacks=$(host_lacks "$layer")
        if [ -z "$lacks" ]; then
            place=host
            return 0
        fi
    fi
    if [ "$(id -u)" -ne 0 ]; then
        what="no root privileges"
        remedy="run it as root, which makes a Debian 13 root below $cache"
        if [ -n "${lacks:-}" ]; then
            what="$what, and packages are missing: $lacks"
            remedy="install them (apt-get install $lacks), or $remedy"
        else
            what="$what, and this host is not Debian 13"
        fi
    elif ! namespaces_allowed; then
        what="mount namespaces are not allowed here (a container without CAP_SYS_ADMIN?), so no Debian 13 root can be entered"
        remedy="allow them (for docker: --privileged), or use a Debian 13 host with: apt-get install $(layer_packages "$layer" | tr '\n' ' ')"
    elif [ -z "${lacks:-}" ] && [[ $release != debian\ * ]]; then
        what="this host is not Debian ($release), its apt sources have no Debian 13"
        remedy="use a Debian 12 or 13 host"
    else
        root_need "$layer"
        return 0
    fi
    place_lacks=$what
    [ -n "$soft" ] || cannot "$what" "$remedy"
}

# root_need LAYER: sets `place` to the root of the layer, makes it where it is missing.
root_need() {
    local layer=$1 path
    path=$(root_path "$layer")
    if [ ! -d "$path" ]; then
        [ "$layer" = tools ] && root_need test
        root_make "$layer" "$path"
    fi
    # The lock lives as long as the command that runs in the root: root_sweep leaves a root alone that is in use.
    exec {root_used}>"$path.used"
    flock --shared "$root_used"
    place=$path
}

# root_make LAYER PATH: one run at a time; whoever waits finds it made.
root_make() {
    local layer=$1 path=$2 new=$2.new.$$ log=$cache/log/root-$1.log lock
    mkdir -p "$cache/log"
    exec {lock}>"$cache/root.lock"
    if ! flock --nonblock "$lock"; then
        say "another run is making a root, waiting for it"
        flock "$lock"
    fi
    if [ ! -d "$path" ]; then
        root_sweep
        need_space "$cache" 2000
        # Whatever ends this script takes the half-made root with it; after kill -9 root_sweep of the next run does.
        # shellcheck disable=SC2064 # the name as it is now
        trap "root_abandon $(printf %q "$new")" EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM HUP
        "root_make_$layer" "$new" "$log"
        mv -T "$new" "$path"
        trap - INT TERM HUP EXIT
    fi
    exec {lock}>&-
}

root_maker= # process id of what makes the root now

root_abandon() {
    local try
    if [ -n "$root_maker" ]; then
        kill -KILL "$root_maker" 2>/dev/null || true
        wait "$root_maker" 2>/dev/null || true
    fi
    for try in 1 2 3 4 5; do # what was killed may still be writing its last
        rm -rf --one-file-system "$1" "$1.apt" 2>/dev/null && return 0
        sleep "0.$try"
    done
    return 0
}

# root_sweep: removes what dead runs left (the lock says that none is alive), and roots that nobody used for long.
root_sweep() {
    local used
    rm -rf --one-file-system "$cache"/root-*.new.*
    find "$cache" -maxdepth 1 -name 'root-*.used' -mtime "+$ROOT_UNUSED_DAYS" | while read -r used; do
        flock --nonblock "$used" rm -rf --one-file-system "${used%.used}" "$used" || true
    done
}

# need_space FOLDER MEGABYTES
need_space() {
    local free
    free=$(df --output=avail -m "$1" | tail -n 1 | tr -d " ")
    [ "$free" -ge "$2" ] && return 0
    cannot "no space: $free MB free below $1, $2 MB wanted" "make room there, or set XDG_CACHE_HOME to a folder elsewhere"
}

# root_run LOG WHAT COMMAND...: runs COMMAND in a mount and process namespace that dies with this script, shows progress.
root_run() {
    local log=$1 what=$2
    shift 2
    setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child=KILL --mount-proc --propagation private \
        "$@" >>"$log" 2>&1 </dev/null &
    root_maker=$!
    if ! follow "$root_maker" 10 root_progress "$log" "$what"; then
        root_maker=
        root_failed "$log" "$what"
    fi
    root_maker=
}

# root_progress LOG WHAT: one line about how far apt and dpkg are.
root_progress() {
    awk -v what="$2" '
    / newly installed, / { total = $3; got = unpacked = ready = 0 }
    /^Get:/ { got++ }
    /^Unpacking / { unpacked++ }
    /^Setting up / { ready++ }
    END {
        if (!total) print what ": package lists, base system"
        else if (ready) printf "%s: packages set up %d of %d\n", what, ready, total
        else if (unpacked) printf "%s: packages unpacked %d of %d\n", what, unpacked, total
        else printf "%s: packages fetched %d of %d\n", what, got, total
    }' "$1"
}

root_failed() {
    local log=$1 what=$2
    say "$what: failed; the end of $log:"
    grep -vE '^(Get:|Selecting|Preparing|Unpacking|Setting up|\(Reading)' "$log" | tail -n 12 >&2
    if grep -qE 'No space left on device' "$log"; then
        cannot "no space below $cache" "make room there, or set XDG_CACHE_HOME to a folder elsewhere"
    elif grep -qE 'Could not resolve|Could not connect|Temporary failure|Network is unreachable|Connection (timed out|refused)' "$log"; then
        cannot "the package archive of this host's apt sources cannot be reached" \
            "see that 'apt-get update' works on this host (network, proxy), then run the same command again"
    fi
    cannot "$what failed" "see $log"
}

# host_apt LOG PACKAGES...: makes sure of packages on this host.
host_apt() {
    local log=$1
    shift
    say "installing on this host: $*"
    if ! { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ||
        { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; }; } >>"$log" 2>&1 </dev/null; then
        root_failed "$log" "installing $*"
    fi
}

# root_make_test NEW LOG: from nothing.
root_make_test() {
    local new=$1 log=$2 codename
    : >"$log"
    codename=$(host_release | cut -d' ' -f2)
    command -v mmdebstrap >/dev/null || host_apt "$log" mmdebstrap
    mkdir -p "$new.apt"
    sources_write "$codename" /etc/apt "$new.apt" ||
        cannot "no entry for a Debian archive in /etc/apt/sources.list or /etc/apt/sources.list.d" \
            "add one, such as this host was installed from (suite $codename)"
    sources_apt_conf "$new.apt/apt.conf"
    say "making a Debian 13 root (layer test, about a minute and 700 MB, once) in ${new%.new.*}"
    local sources=() file
    for file in "$new.apt/trixie.list" "$new.apt/trixie.sources"; do
        [ -s "$file" ] && sources+=("$file")
    done
    root_run "$log" "layer test" mmdebstrap --verbose --mode=root --variant=minbase --format=directory \
        --aptopt="$new.apt/apt.conf" --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --include="$(layer_packages test | paste -sd,)" \
        trixie "$new" "${sources[@]}"
    rm -rf "$new.apt"
}

# root_make_tools NEW LOG: a copy of the test layer, and the tools put into it by the host's apt from outside.
root_make_tools() {
    local new=$1 log=$2 test
    test=$(root_path test)
    : >"$log"
    say "making a Debian 13 root (layer tools, about a minute and 1.5 GB, once) in ${new%.new.*}"
    root_run "$log" "layer tools: copy" cp -a --reflink=auto --one-file-system "$test" "$new"
    # shellcheck disable=SC2046
    root_run "$log" "layer tools" "$top/packaging/apt-into" "$new" $(layer_packages tools)
}
