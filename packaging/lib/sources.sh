# shellcheck shell=bash
# Turns the apt sources of this host into those of a Debian 13 root.
#
# What is kept is the whole entry, with its options, because only the host knows how its archive is reached (mirror+file:,
# Signed-By, proxies); only the suites change. Entries of other archives, sources of source code, media and suites
# that have no match (backports) are left out.

# The suites of Debian 13 for those of the host; "" where there is none. Shared by both formats below.
suite_awk='
function suite(name) {
    sub(/\/$/, "", name)
    if (name == codename || name ~ /^(stable|oldstable|trixie)$/) return "trixie"
    if (name == codename "-updates" || name ~ /^(stable|oldstable|trixie)-updates$/) return "trixie-updates"
    if (name == codename "-security" || name == codename "/updates") return "trixie-security"
    if (name ~ /^(stable|oldstable|trixie)-security$/) return "trixie-security"
    return ""
}
function foreign_entry(entry) { return index("\n" foreign "\n", "\n" file ":" entry "\n") > 0 }
'

# sources_from_list CODENAME FILE [FOREIGN]: the one-line format, to stdout. FOREIGN: entries to leave out ("FILE:LINE" lines).
sources_from_list() {
    awk -v codename="$1" -v file="$2" -v foreign="${3:-}" "$suite_awk"'
    $1 != "deb" || foreign_entry(NR) { next }
    {
        sub(/[ \t]+#.*$/, "")
        at = 2
        if ($2 ~ /^\[/) while (at <= NF && $at !~ /\]$/) at++
        if ($2 ~ /^\[/) at++
        if ($at ~ /^cdrom:/) next
        to = suite($(at + 1))
        if (to == "") next
        $(at + 1) = to
        print
    }' "$2"
}

# sources_from_deb822 CODENAME FILE [FOREIGN]: the deb822 format, to stdout. FOREIGN: entries to leave out ("FILE:STANZA" lines).
sources_from_deb822() {
    awk -v codename="$1" -v file="$2" -v foreign="${3:-}" "$suite_awk"'
    function finish(    i, n, words, to, seen, list) {
        if (!fields) return
        stanza++
        n = split(value["suites"], words)
        for (i = 1; i <= n; i++) {
            to = suite(words[i])
            if (to != "" && !(to in seen)) { seen[to] = 1; list = list " " to }
        }
        if (list != "" && (" " value["types"] " ") ~ /[ \t]deb[ \t]/ && tolower(value["enabled"]) !~ /no|false/ \
            && value["uris"] !~ /^[ \t]*cdrom:/ && !foreign_entry(stanza)) {
            print "Types: deb"
            print "Suites:" list
            printf "%s\n", rest
        }
        fields = 0; rest = ""; name = ""; delete value
    }
    /^#/ { next }
    /^[ \t]*$/ { finish(); next }
    /^[^ \t]/ {
        fields++
        name = tolower(substr($0, 1, index($0, ":") - 1))
        value[name] = substr($0, index($0, ":") + 1)
    }
    /^[ \t]/ { value[name] = value[name] " " $0 }
    name != "types" && name != "suites" && name != "enabled" { rest = rest $0 "\n" }
    END { finish() }' "$2"
}

# sources_foreign: the entries of this host that are known not to be Debian's ("FILE:NUMBER" lines); asks the lists that apt has.
sources_foreign() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(SOURCESENTRY)|$(ORIGIN)' 'Created-By: Packages' 2>/dev/null |
        awk -F'|' '$2 != "" && $2 != "Debian" { print $1 }' | sort -u
}

# sources_write CODENAME APT_DIR OUT_DIR: writes OUT_DIR/trixie.list and OUT_DIR/trixie.sources from APT_DIR (/etc/apt).
# Fails when no entry for the main suite is among them.
sources_write() {
    local codename=$1 apt=$2 out=$3 foreign file
    foreign=$(sources_foreign)
    : >"$out/trixie.list"
    : >"$out/trixie.sources"
    for file in "$apt/sources.list" "$apt"/sources.list.d/*.list; do
        [ -f "$file" ] && sources_from_list "$codename" "$file" "$foreign" >>"$out/trixie.list"
    done
    for file in "$apt"/sources.list.d/*.sources; do
        [ -f "$file" ] && sources_from_deb822 "$codename" "$file" "$foreign" >>"$out/trixie.sources"
    done
    grep -qE '(^Suites:.*|[ \t])trixie([ \t]|$)' "$out/trixie.list" "$out/trixie.sources"
}

# sources_apt_conf OUT: the settings of the host's apt with which its archives are reached, as a configuration file.
sources_apt_conf() {
    {
        apt-config dump | grep -E '^(Acquire::|APT::Sandbox::User)' | grep -vE '^Acquire::(IndexTargets|cdrom|Languages)'
        # Passwords stay where they are: apt runs outside of the root and reads them there.
        echo 'Dir::Etc::netrc "/etc/apt/auth.conf";'
        echo 'Dir::Etc::netrcparts "/etc/apt/auth.conf.d";'
        echo 'Acquire::Retries "3";'
    } >"$1"
}
