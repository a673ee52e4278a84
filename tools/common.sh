# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# tools/common.sh: what the commands of ./run share; sourced, never run.
# Needs $top, the source tree.  Long steps go to a log and show a line when
# they begin, their time when they end, and the log's end when they fail.
set -euo pipefail
: "${top:=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}"
logs=$top/build-logs
jobs=$(nproc 2>/dev/null || echo 2)
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf '%s\n' "$*"; }
die() {
	printf '%s\n' "$*" >&2
	exit 1
}

# verdict WORD TEXT: the last line of a command.
verdict() { printf '\n%s: %s\n' "$1" "$2"; }

# step TITLE COMMAND...: run it with its output in a log; its status.
step() {
	local title=$1 name log started rc=0 ticker=''
	shift
	mkdir -p "$logs"
	name=$(printf '%s' "$title" | tr -c 'A-Za-z0-9_\n' '-')
	log=$logs/$name.log
	started=$SECONDS
	printf '  %-52s ' "$title"
	if [ -t 1 ]; then
		ticker_run "$title" &
		ticker=$!
	fi
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	if [ -n "$ticker" ]; then
		kill "$ticker" 2>/dev/null || true
		wait "$ticker" 2>/dev/null || true
		printf '\r  %-52s ' "$title"
	fi
	if [ "$rc" = 0 ]; then
		printf 'ok    %4d s\n' $((SECONDS - started))
	else
		printf 'FAILED after %d s\n' $((SECONDS - started))
		tail -n 40 "$log" | sed 's/^/    | /'
		say "    whole log: $log"
	fi
	return "$rc"
}

ticker_run() {
	local n=0
	while sleep 1; do
		n=$((n + 1))
		printf '\r  %-52s %4d s ' "$1" "$n"
	done
}

# The functions below run where bash ignores -e (behind "if" and "||"), so each
# of their steps says for itself what happens when it fails.

# configured DIR OPTIONS...: (re)configure an out-of-tree build if needed.
configured() {
	local dir=$1
	shift
	if [ ! -x "$top/configure" ] ||
		[ "$top/configure.ac" -nt "$top/configure" ] ||
		[ "$top/Makefile.am" -nt "$top/Makefile.in" ]; then
		(cd "$top" && autoreconf -fi) || return 1
	fi
	mkdir -p "$dir" && cd "$dir" || return 1
	if [ ! -f Makefile ] || [ "$(cat .options 2>/dev/null)" != "$*" ] ||
		[ "$top/configure" -nt config.status ]; then
		"$top/configure" -q "$@" || return 1
		printf '%s\n' "$*" >.options
	fi
}

# built DIR OPTIONS...: configure and make everything, tests too.
built() {
	configured "$@" && make -j"$jobs" && make -j"$jobs" check TESTS=
}

# plain_build [OPTIONS...]: the program alone, in build/.
plain_build() {
	configured "$top/build" --disable-tests "$@" && make -j"$jobs"
}

. "$top/tools/packages.sh"
