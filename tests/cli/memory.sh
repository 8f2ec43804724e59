#!/usr/bin/env bash
# The memory of a running oauthctl is its own: it leaves no core, and no other process of the user may look in.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
export ASAN_OPTIONS=disable_coredump=0 # else it is the sanitizer that forbids them

start_issuer --auto-approve ada --access-ttl 3600
run login "$ISSUER" --client-id demo --browser 'curl -sSLo /dev/null'
check "login" status 0
mkdir "$BASE/cores"
cd "$BASE/cores" || exit 1
ulimit -c unlimited 2>/dev/null

# Kills a command by SIGABRT once it has printed something, and prints what came of it: "core" or "none". Before that its limits
# are kept in LIMITS, and the one for cores is raised, so that nothing but the process itself stands against one.
export LIMITS=$BASE/limits
abort_it() {
	perl -e '
		my $pid = open(my $out, "-|") // die;
		if (!$pid) { open(STDERR, ">&", \*STDOUT); exec(@ARGV) or die }
		my $line = <$out>;
		system("cat /proc/$pid/limits >\"$ENV{LIMITS}\"; prlimit --pid $pid --core=unlimited") == 0 or die;
		kill("ABRT", $pid);
		1 while <$out>;
		waitpid($pid, 0);
		print $? & 128 ? "core" : "none";
	' "$@"
}
core_limit() { sed -nE 's/^Max core file size +([^ ]+) .*/\1/p' "$LIMITS"; }

if [ "$(abort_it perl -e '$| = 1; print "x\n"; sleep 60')" != core ]; then
	skip "no program leaves a core here"
else
	check "the limit of a program that does nothing about it" test "$(core_limit)" = unlimited
	check "oauthctl leaves no core" test "$(abort_it "$BIN/oauthctl" login "$ISSUER" --client-id demo --no-browser)" = none
	check "nor would its limit let it" test "$(core_limit)" = 0
	run exec -- sh -c 'ulimit -c'
	check "what exec runs has the limit again that oauthctl had" out unlimited
fi

# The quick path is over too soon to be caught: it must have closed itself before the token is in its memory.
export OAUTHCTL_ACCESS_CACHE=on ASAN_OPTIONS=detect_leaks=0 # it cannot look under strace
run token --refresh
if ! keeps_keys; then
	skip "the quick path: the kernel keeps no keys for this user"
elif ! strace -qq -e trace=execve -o "$BASE/trace" true 2>/dev/null; then
	skip "the quick path: strace may not look"
else
	run_program strace -qq -e trace=prctl,keyctl,execve -o "$BASE/trace" "$BIN/oauthctl" token
	check "the quick path gives the token" status 0
	check "and starts no other program" test "$(grep -c execve "$BASE/trace")" -eq 1
	order=$(grep -oE 'PR_SET_DUMPABLE, SUID_DUMP_DISABLE|KEYCTL_READ' "$BASE/trace" | head -1)
	check "the quick path closes itself before it reads" test "$order" = 'PR_SET_DUMPABLE, SUID_DUMP_DISABLE'
	check "and does read" grep -qF KEYCTL_READ "$BASE/trace"
fi
finish
