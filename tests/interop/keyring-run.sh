#!/usr/bin/env bash
# Runs a command with a Secret Service of its own: headless, as root too, and gone at the end.
# usage: keyring-run.sh COMMAND...
#
# KEYRING_STATE  unlocked (default) | locked (a keyring, nothing unlocked) | none (a bus, but no service)
# In the command: KEYRING_PID is the daemon (not with "none"), KEYRING_LOCK and KEYRING_UNLOCK are commands for eval.
#
# What trial taught: the password goes in by printf, for a newline would become part of it; it may not be empty; and it must go
# in before anything touches the bus name, else D-Bus starts a locked daemon, which only --replace ends.
set -euo pipefail
state=${KEYRING_STATE:-unlocked}
dir=$(mktemp -d "${TMPDIR:-/tmp}/keyring.XXXXXX")
trap 'rm -rf "$dir" || :' EXIT # somebody on the bus may still write there
mkdir -p "$dir"/{data,run,config,cache,services}
chmod 700 "$dir/run"
export XDG_DATA_HOME=$dir/data XDG_RUNTIME_DIR=$dir/run XDG_CONFIG_HOME=$dir/config XDG_CACHE_HOME=$dir/cache
unset DISPLAY WAYLAND_DISPLAY GNOME_KEYRING_CONTROL DBUS_SESSION_BUS_ADDRESS
export KEYRING_STATE=$state
# How fast a keyring answers on a busy machine is not what these tests are about; those that are say so.
export OAUTHCTL_KEYRING_TIMEOUT=60
KEYRING_UNLOCK=$(printf 'printf %%s test-password | XDG_DATA_HOME=%q gnome-keyring-daemon --replace --unlock --components=secrets --daemonize >/dev/null 2>&1' "$XDG_DATA_HOME")
export KEYRING_UNLOCK
export KEYRING_LOCK='dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null'

# A bus that can start no service: the service files of this machine are out of its sight.
bus=()
if [ "$state" = none ]; then
	cat >"$dir/bus.conf" <<C
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <servicedir>$dir/services</servicedir>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
C
	bus=(--config-file="$dir/bus.conf")
fi

# shellcheck disable=SC2016 # expanded by the inner shell
inner='
owner() {
	dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
		org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets 2>/dev/null | sed -n "s/.*uint32 //p"
}
if [ "$KEYRING_STATE" != none ]; then
	eval "${KEYRING_UNLOCK/--replace /}" || { echo "keyring-run: gnome-keyring-daemon did not start" >&2; exit 97; }
	for ((i = 0; i < 600; i++)); do
		KEYRING_PID=$(owner)
		if [ -n "$KEYRING_PID" ]; then break; fi
		sleep 0.05
	done
	if [ -z "$KEYRING_PID" ]; then echo "keyring-run: no Secret Service came up" >&2; exit 98; fi
	export KEYRING_PID
	if [ "$KEYRING_STATE" = locked ]; then
		printf x | secret-tool store --label=seed seed seed
		eval "$KEYRING_LOCK"
	fi
fi
"$@" 2>&3 3>&-
status=$?
end_owner() {
	local pid i
	pid=$(owner)
	kill "$pid" 2>/dev/null || return
	for ((i = 0; i < 200; i++)); do
		# One that nobody has waited for is dead as well.
		if ! grep -qs "^State:[[:space:]]*[^ZX[:space:]]" "/proc/$pid/status"; then return; fi
		sleep 0.05
	done
}
if [ "$KEYRING_STATE" != none ]; then end_owner; fi
exit "$status"
'
# The bus and the daemon complain about limits and displays, which matters only when nothing came up.
status=0
dbus-run-session "${bus[@]}" -- bash -uo pipefail -c "$inner" keyring-run "$@" 3>&2 2>"$dir/log" || status=$?
if [ "$status" -ge 97 ] && [ "$status" -le 99 ]; then cat "$dir/log" >&2; fi
exit "$status"
