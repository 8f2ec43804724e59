#!/bin/bash
# Runs COMMAND with a Secret Service of its own in the given state, and leaves nothing behind.
# usage: with_keyring.sh unlocked|locked|empty|none|nobus|stale COMMAND...
#   unlocked  gnome-keyring with an open login collection     locked  the same, locked again, with one item in it
#   empty     gnome-keyring that nobody ever gave a password  none    a bus on which nobody offers the service
#   nobus     no session bus at all                           stale   the address of a bus that is gone
# The command finds KEYRING_PID (the daemon) and KEYRING_REOPEN (a shell line that starts an unlocked daemon in its place).
set -euo pipefail
state=$1
shift

dir=$(mktemp -d "${TMPDIR:-/tmp}/belgo-keyring.XXXXXX")
trap 'rm -rf "$dir" || :' EXIT # somebody on the bus may still write there
mkdir -m 700 "$dir/run" "$dir/data" "$dir/config" "$dir/cache" "$dir/services"
export XDG_RUNTIME_DIR=$dir/run XDG_DATA_HOME=$dir/data XDG_CONFIG_HOME=$dir/config XDG_CACHE_HOME=$dir/cache
unset DISPLAY WAYLAND_DISPLAY GNOME_KEYRING_CONTROL DBUS_SESSION_BUS_ADDRESS

case $state in
nobus) "$@"; exit ;;
stale) DBUS_SESSION_BUS_ADDRESS=unix:path=$dir/run/gone "$@"; exit ;;
esac

# No newline after the password: it would become part of it.
export KEYRING_OPEN='printf %s open-sesame | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null'
export KEYRING_REOPEN=${KEYRING_OPEN/--unlock/--replace --unlock}

bus=()
if [ "$state" = none ]; then
	cat > "$dir/bus.conf" <<-CONF
	<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
	 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
	<busconfig>
	  <type>session</type>
	  <listen>unix:dir=$dir/run</listen>
	  <servicedir>$dir/services</servicedir>
	  <policy context="default">
	    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
	  </policy>
	</busconfig>
	CONF
	bus=(--config-file="$dir/bus.conf")
fi

inside() {
	set -uo pipefail
	call() { dbus-send --session --print-reply "$@" 2>/dev/null; }
	daemon() {
		call --dest=org.freedesktop.DBus /org/freedesktop/DBus \
			org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets | sed -n 's/.*uint32 //p'
	}
	# One that nobody has waited for is dead as well.
	is_alive() { grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"; }
	case $STATE in
	unlocked | locked)
		# Before anybody else names the service: else D-Bus starts a daemon that stays locked.
		eval "$KEYRING_OPEN" || exit 97
		for _ in $(seq 200); do
			KEYRING_PID=$(daemon)
			[ -n "$KEYRING_PID" ] && break
			sleep 0.05
		done
		[ -n "$KEYRING_PID" ] || exit 98
		export KEYRING_PID
		;;
	esac
	if [ "$STATE" = locked ]; then
		printf x | secret-tool store --label=seed seed seed || exit 96
		call --dest=org.freedesktop.secrets /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock \
			array:objpath:/org/freedesktop/secrets/collection/login > /dev/null || exit 95
	fi
	"$@"
	local status=$?
	# D-Bus may have started one in the meantime; it dies with the bus, but not always at once.
	local left
	left=$([ "$STATE" = none ] || daemon)
	if [ -n "$left" ] && kill "$left" 2>/dev/null; then
		for _ in $(seq 200); do
			is_alive "$left" || break
			sleep 0.05
		done
	fi
	return $status
}
export -f inside
export STATE=$state
dbus-run-session "${bus[@]}" -- bash -c 'inside "$@"' inside "$@"
