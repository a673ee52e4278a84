# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# tools/suites.sh: run suites, read their counts, sum them up; sourced by
# tools/check.
#
# A suite is a command.  What it counted is read from the last lines of its
# log ("N passed, N failed, N skipped", pytest's or automake's or cmocka's
# words); a command that counts nothing is one test.
total_passed=0 total_failed=0 total_skipped=0
failed_suites='' skipped_notes=''
declare -A job_pid job_start

wanted() { [ "$only" = "  " ] || [[ $only == *" $1 "* ]]; }
did_fail() { [[ " $failed_suites " == *" $1 "* ]]; }

# gently COMMAND...: with what the suites that look at the clock leave over.
gently() {
	renice -n 10 -p "$BASHPID" >/dev/null || true
	"$@"
}

# suite NAME COMMAND...: run it now.
suite() {
	local name=$1 rc=0 started=$SECONDS
	shift
	wanted "$name" || return 0
	mkdir -p "$logs"
	printf '  %-16s ' "$name"
	("$@") >"$logs/$name.log" 2>&1 </dev/null || rc=$?
	count "$name" "$rc" $((SECONDS - started))
}

# background NAME COMMAND..., then finish NAME: the same beside others.
background() {
	local name=$1
	shift
	wanted "$name" || return 0
	mkdir -p "$logs"
	job_start[$name]=$SECONDS
	("$@") >"$logs/$name.log" 2>&1 </dev/null &
	job_pid[$name]=$!
	say "  $name: started beside the next ones"
}
finish() {
	local name=$1 rc=0
	[ -n "${job_pid[$name]:-}" ] || return 0
	printf '  %-16s ' "$name"
	wait "${job_pid[$name]}" || rc=$?
	unset "job_pid[$name]"
	count "$name" "$rc" $((SECONDS - job_start[$name]))
}

# left_out NAME REASON...: a suite that cannot run here.
left_out() {
	local name=$1
	shift
	wanted "$name" || return 0
	total_skipped=$((total_skipped + 1))
	skipped_notes+="  $name: $*"$'\n'
	printf '  %-16s skipped: %s\n' "$name" "$*"
}

# number WORD FILE: the last "N WORD" in the file's end; 0 if none.
number() {
	tail -n 400 "$2" | grep -oE "\b[0-9]+ $1\b" | tail -n 1 |
		grep -oE '^[0-9]+' || echo 0
}

# automake LOG: "PASS FAIL SKIP" of its summary, unless there is none.
automake_counts() {
	awk '/^# PASS:/ {p = $3} /^# FAIL:/ {f = $3} /^# ERROR:/ {e = $3}
	/^# SKIP:/ {s = $3} END {if (p != "") print p, f + e, s}' "$1"
}

count() {
	local name=$1 rc=$2 time=$3 log=$logs/$1.log passed failed skipped
	# A suite's own last line is its word; else a summary is looked for.
	read -r passed failed skipped <<<"$(tail -n 2 "$log" | sed -nE \
		's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')"
	if [ -z "${passed:-}" ]; then
		read -r passed failed skipped <<<"$(automake_counts "$log")"
	fi
	if [ -z "${passed:-}" ]; then
		passed=$(number passed "$log")
		failed=$(($(number failed "$log") + $(number errors? "$log")))
		skipped=$(number skipped "$log")
	fi
	if [ $((passed + failed + skipped)) = 0 ] && [ "$rc" = 0 ]; then
		passed=1
	fi
	[ "$rc" = 0 ] || [ "$failed" != 0 ] || failed=1
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	total_skipped=$((total_skipped + skipped))
	if [ "$failed" != 0 ]; then
		failed_suites+=" $name"
		printf 'FAILED  %d of %d, %d s\n' "$failed" \
			$((passed + failed)) "$time"
		grep -E '^(FAIL|FAILED|ERROR|E  )|^     [^ ]*:[0-9]*: |[^a-z]error:|warning:|not ok|\[  FAILED' \
			"$log" | head -n 25 | cut -c1-160 | sed 's/^/      | /' || true
		# Each by its name, however much its neighbours had to say.
		grep -E '^(=== |again: |(FAIL|FAILED|ERROR)[: ])' "$log" |
			grep -B 1 -E '^(FAIL|ERROR)' | grep -v '^--' |
			head -n 60 | cut -c1-160 | sed 's/^/      - /' || true
		tail -n 12 "$log" | cut -c1-160 | sed 's/^/      | /'
		say "      whole log: $log"
		return 0
	fi
	printf 'ok      %4d passed, %d skipped, %d s\n' \
		"$passed" "$skipped" "$time"
	if [ "$skipped" != 0 ]; then
		skipped_notes+="  $name: $(grep -hE 'SKIP|skip' "$log" |
			head -n 3 | cut -c1-120 | tr '\n' ';' || true)"$'\n'
	fi
}

# ---- the suites that are more than one command ----

# unit_tests BUILD: make check; counts the cmocka tests inside.
unit_tests() {
	local rc=0 log passed=0 failed=0 n
	cd "$1" || return 1
	# The machine may be shared: what fails is tried once more, and said.
	make -k check || { echo "again: make recheck" && make -k recheck; } ||
		rc=1
	for log in tests/unit/*.log; do
		n=$(sed -n 's/^\[==========\].* \([0-9]*\) test(s) run.*/\1/p' \
			"$log" | awk '{s += $1} END {print s + 0}')
		local bad
		bad=$(grep -c '^\[  FAILED  \] [a-z]' "$log" || true)
		bad=$((bad > 0 ? bad / 2 + bad % 2 : 0))
		passed=$((passed + n - bad))
		failed=$((failed + bad))
	done
	# The automake summary above counts programs; this counts tests.
	echo "$passed passed, $failed failed, 0 skipped"
	return "$rc"
}

# goldens TAG BUILD: the suites that compare text, for one build.
goldens() {
	local tag=$1 build=$2 suite
	export DUUMVIR_BUILD=$build BUILD=$build
	for suite in conf reload replay conformance; do
		suite "$suite-$tag" "$top/tests/$suite/run"
	done
	if [ -d "$top/../shared/corpus" ]; then
		suite "corpus-$tag" "$top/tests/corpus/run"
	else
		left_out "corpus-$tag" "no ../shared/corpus here"
	fi
}

# net_again LOG: whether what failed beside others, on a machine that may be
# shared, passes alone; says so, and sets again to their number.
net_again() {
	local ids
	mapfile -t ids < <(sed -nE 's/^(FAILED|ERROR) ([^ []+(\[[^]]*\])?).*/\2/p' "$1" | sort -u)
	again=${#ids[@]}
	[ "$again" -gt 0 ] && [ "$again" -le 5 ] || return 1
	echo "again, one by one: ${ids[*]}"
	/usr/bin/python3 -B -m pytest -p no:cacheprovider -q -ra \
		--rootdir "$PWD" -n 0 "${ids[@]}"
}

# net_tests BUILD [PYTEST WORDS...]: tests that mostly wait run four at a time;
# those marked "alone" measure times of the order of a scheduler's, and follow
# one by one.
net_tests() {
	local out rc=0 passed=0 failed=0 skipped=0 which again=0
	export DUUMVIR_BUILD=$1
	shift
	cd "$top/tests/net" || return 1
	out=$(mktemp)
	for which in "not alone" alone; do
		local many=(-n 4)
		[ "$which" != alone ] || many=(-n 0)
		local status=0
		/usr/bin/python3 -B -m pytest -p no:cacheprovider -q -ra \
			--durations=15 --rootdir "$PWD" "${many[@]}" \
			-m "$which${net_marks:-}" "$@" >"$out" 2>&1 || status=$?
		cat "$out"
		[ "$status" != 5 ] || continue # none is marked so
		passed=$((passed + $(number passed "$out")))
		if [ "$status" != 0 ] && net_again "$out"; then
			status=0
			passed=$((passed + again))
		elif [ "$status" != 0 ]; then
			rc=1
			failed=$((failed + $(number failed "$out") +
				$(number 'errors?' "$out")))
		fi
		skipped=$((skipped + $(number skipped "$out")))
	done
	rm -f "$out"
	echo "$passed passed, $failed failed, $skipped skipped"
	return "$rc"
}

# interop_tests BUILD, plain_net_tests BUILD: the suites with foreign peers,
# and the others; asan_net_tests: those that a sanitizer's own memory functions
# leave meaningful.
interop_tests() {
	local files
	mapfile -t files < <(cd "$top/tests/net" && printf '%s\n' test_interop*.py)
	net_tests "$1" "${files[@]}"
}
asan_net_tests() {
	net_marks=" and not ordinary" plain_net_tests "$1"
}
plain_net_tests() {
	net_tests "$1" --ignore-glob='test_interop*.py' .
}

# lab_queue DIR: every scenario waits in DIR/waiting for a lane to take it.
lab_queue() {
	local file name
	rm -rf "$1"
	mkdir -p "$1/waiting" "$1/taken" "$1/failed" || return 1
	for file in "$top"/tests/lab/test_*.py; do
		name=${file##*/test_}
		: >"$1/waiting/${name%.py}"
	done
}

# lab_lane DIR: scenarios of the queue, one after another, each in a guest of
# its own.  Lanes may run beside each other; their output is in DIR/NAME.log.
lab_lane() {
	local file name
	for file in "$1"/waiting/*; do
		name=${file##*/}
		# Who moves it has it.
		mv "$file" "$1/taken/" 2>/dev/null || continue
		"$top/tests/lab/run" "$name" >"$1/$name.log" 2>&1 ||
			: >"$1/failed/$name"
	done
}

# lab_result DIR: what all lanes came to; what failed beside others is tried
# once more, alone.
lab_result() {
	local file name again passed=0 failed=0
	for file in "$1"/taken/*; do
		name=${file##*/}
		echo "=== $name"
		cat "$1/$name.log"
		if [ -e "$1/failed/$name" ]; then
			again=1
			echo "again: $name"
			"$top/tests/lab/run" "$name" >"$1/$name.log" 2>&1 ||
				again=0
			cat "$1/$name.log"
			[ "$again" = 1 ] ||
				grep -q ' failed' "$1/$name.log" ||
				failed=$((failed + 1))
		fi
		passed=$((passed + $(number passed "$1/$name.log")))
		failed=$((failed + $(number failed "$1/$name.log")))
	done
	echo "$passed passed, $failed failed, 0 skipped"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# lab_tests DIR: all scenarios; in two lanes once lab_alone says that nothing
# else runs, since guests mostly wait.
lab_tests() {
	lab_queue "$1" || return 1
	{
		until [ -e "$1/alone" ] || [ -z "$(ls "$1/waiting")" ]; do
			sleep 1
		done
		lab_lane "$1"
	} &
	lab_lane "$1"
	wait
	lab_result "$1"
}
lab_alone() {
	[ ! -d "$1" ] || : >"$1/alone"
}

# fuzz_one NAME SECONDS: one target, in the current build.
fuzz_one() {
	local dict=()
	mkdir -p "corpus/$1"
	[ ! -f "$top/tests/fuzz/$1.dict" ] || dict=("-dict=$top/tests/fuzz/$1.dict")
	"tests/fuzz/fuzz_$1" -max_total_time="$2" -timeout=10 \
		-rss_limit_mb=2048 -artifact_prefix="crash-$1-" \
		-print_final_stats=1 ${dict[@]+"${dict[@]}"} \
		"corpus/$1" "$top/tests/fuzz/corpus/$1"
}

# fuzz_short BUILD SECONDS: every target for a short time, two at a time.
fuzz_short() {
	local program name names=() failed=0 passed=0
	cd "$1" || return 1
	for program in tests/fuzz/fuzz_*; do
		case $program in *.o | *.log | *.trs) continue ;; esac
		[ ! -x "$program" ] || names+=("${program##*/fuzz_}")
	done
	export -f fuzz_one
	export top
	printf '%s\n' "${names[@]}" |
		xargs -P 2 -I{} bash -c "fuzz_one {} $2 >{}.fuzz 2>&1 ||
			echo crashed >>{}.fuzz"
	for name in "${names[@]}"; do
		if tail -n 1 "$name.fuzz" | grep -q '^crashed'; then
			failed=$((failed + 1))
			continue
		fi
		passed=$((passed + 1))
		tail -n 30 "$name.fuzz"
		echo "ok   $name"
	done
	# Last, so that the summary shows them: why, and with which input.
	for name in "${names[@]}"; do
		tail -n 1 "$name.fuzz" | grep -q '^crashed' || continue
		tail -n 60 "$name.fuzz"
		grep -aE 'ERROR: |SUMMARY|^Base64: |    #[0-9]+ .* in [^_]' \
			"$name.fuzz" | head -n 20 | sed "s/^/FAIL $name: /"
		echo "FAIL $name"
	done
	echo "$passed passed, $failed failed, 0 skipped"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# dist_test BUILD: the tarball builds from its own tree, installs under
# DESTDIR, and what was installed reads its own sample.
dist_test() {
	local build=$1 dir=$top/build-dist root=$top/build-dist/root tarball
	local file page
	rm -rf "$dir" "$build"/duumvir-*.tar.xz
	mkdir -p "$dir/tree" "$dir/obj" "$root" &&
		make -C "$build" dist || return 1
	for tarball in "$build"/duumvir-*.tar.xz; do
		tar -xJf "$tarball" -C "$dir/tree" --strip-components=1 &&
			mv "$tarball" "$dir/" || return 1
	done
	nothing_left_out "$dir/tree" || return 1
	cd "$dir/obj" && ../tree/configure -q --prefix=/usr --sysconfdir=/etc \
		--disable-tests && make -j"$jobs" &&
		make install DESTDIR="$root" || return 1
	(cd "$root" && find . -type f | sort)
	"$root/usr/sbin/duumvir" --version || return 1
	for file in "$root"/usr/share/doc/duumvir/samples/*; do
		echo "-t -f $file"
		[ -f "$file" ] && sample_is_good "$root" "$file" || return 1
	done
	for page in man8/duumvir.8 man5/duumvir.conf.5 man1/genhash.1; do
		mandoc -T lint -W warning "$root/usr/share/man/$page" || return 1
	done
	make uninstall DESTDIR="$root" || return 1
	if [ -n "$(find "$root" -type f)" ]; then
		echo "left behind by make uninstall:"
		find "$root" -type f
		return 1
	fi
	echo "1 passed, 0 failed, 0 skipped"
}

# nothing_left_out TREE: every file that git knows is in the tarball's tree.
nothing_left_out() {
	local file rc=0
	git -C "$top" rev-parse --git-dir >/dev/null 2>&1 || return 0
	while read -r file; do
		[ -e "$1/$file" ] || [ ! -e "$top/$file" ] || {
			echo "error: not in the tarball: $file"
			rc=1
		}
	done < <(git -C "$top" ls-files | grep -v '^\.git')
	return "$rc"
}

# sample_is_good ROOT FILE: its eth0 becomes an interface that is here.
sample_is_good() {
	local conf ifname
	conf=$(mktemp "$1/sample.XXXXXX")
	ifname=$(cd /sys/class/net && ls -d eth0 ./* 2>/dev/null |
		grep -v '/lo$' | head -n 1)
	sed "s/eth0/${ifname#./}/" "$2" >"$conf"
	"$1/usr/sbin/duumvir" -t -f "$conf" || {
		rm -f "$conf"
		return 1
	}
	rm -f "$conf"
}

# summary SECONDS: what ran, what did not and why, and the last line.
summary() {
	say ""
	[ -z "$skipped_notes" ] || printf 'Skipped:\n%s' "$skipped_notes"
	if [ -n "$failed_suites" ]; then
		say "Failed suites:$failed_suites ($1 s in all)"
	else
		say "All suites passed in $(($1 / 60)) min $(($1 % 60)) s"
	fi
	say "$total_passed passed, $total_failed failed, $total_skipped skipped"
	[ "$total_failed" = 0 ]
}
