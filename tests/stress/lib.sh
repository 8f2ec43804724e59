# What the stress tests share, after tests/cli/lib.sh. Sourced.
# shellcheck shell=bash disable=SC2034
: "${STRESS:?}" # where herd and actor lie

# A home with one account at the issuer. DEFAULT: whatever the login says stays in OUT and ERR.
sign_in() {
	run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' --account ada
}

# herd N COMMAND...: sets HERD (a directory with out.I and err.I) and the words of its line: OK, FAILED, FIRST, WALL, RSS. Ends when all
# that the commands left running has ended too.
herd() {
	local n=$1 line
	shift
	HERD=$(mktemp -d "$BASE/herd.XXXXXX")
	line=$("$BIN/outwait" "$STRESS/herd" "$n" "$HERD" "$@" </dev/null)
	read -r OK FAILED FIRST WALL RSS <<<"$(sed -E 's/[a-z_]+=//g' <<<"$line")"
	OUT=$(cat "$HERD"/out.0)
	ERR=$(sort -u "$HERD"/err.* | head -5)
	STATUS=$FIRST
	printf '%s\n' "$ERR" >"$BASE/err"
	cp "$HERD/out.0" "$BASE/out"
}

# Also false of a child that has ended and that nobody has waited for.
is_running() { grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"; }

refreshes() { issuer_count 'POST /token refresh_token 200'; }

# The figures of memory mean nothing under a sanitizer.
is_sanitized() { [ -n "${SANITIZED:-}" ]; }
