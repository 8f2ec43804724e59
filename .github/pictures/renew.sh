#!/usr/bin/env bash
# Makes the pictures of the README anew, from what the programs really do: a session in a terminal (session.svg) and the page that
# ends a login (page-light.png, page-dark.png, in Chromium). usage: renew.sh DIRECTORY_OF_THE_PROGRAMS
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
src=$(cd "$here/../.." && pwd)
if [ "${1:-}" != --inside ]; then
	exec "$src/tests/interop/keyring-run.sh" bash "$here/renew.sh" --inside "$(cd "${1:?the directory of the programs}" && pwd)"
fi
export PATH=$2:$PATH
home=$(mktemp -d)
finish() {
	if [ -n "${issuer_pid:-}" ]; then kill "$issuer_pid" 2>/dev/null || true; fi
	rm -rf "$home"
}
trap finish EXIT
export HOME=$home XDG_CONFIG_HOME=$home/config XDG_STATE_HOME=$home/state XDG_CACHE_HOME=$home/cache
unset SSH_CONNECTION SSH_TTY
cd "$home"

# A refresh takes a moment, as it does at a real provider.
belgo-issuer --port 8400 --log log --delay-ms 300 --lifetime 120 >ready &
issuer_pid=$!
for ((i = 0; i < 100; i++)); do
	if grep -q ready ready; then break; fi
	sleep 0.05
done
user=("$(command -v node)" "$src/tests/browser/browser.mjs" --light "$here/page-light.png" --dark "$here/page-dark.png")
export BROWSER="${user[*]}"

# DISPLAY makes it the machine that one sits at; the browser is the driver above.
export DISPLAY=:0
say() {
	printf '\n$ %s\n' "$1"
	bash -c "$1" 2>&1
}
{
	say 'oauthctl login http://127.0.0.1:8400 --client-id demo'
	say 'oauthctl accounts'
	say 'oauthctl header | curl -sS -H @- http://127.0.0.1:8400/userinfo | jq -c "{name, email}"'
	say 'for i in {1..20}; do oauthctl token --refresh > token.$i & done; wait; sort -u token.* | wc -l'
	say 'grep -c "POST /token refresh_token" log    # what the provider saw of these twenty'
	say 'oauthctl logout; oauthctl token; echo "exit status $?"'
} >session
oauthctl logout >/dev/null 2>&1 || true

perl - session >"$here/session.svg" <<'P'
use strict;
use warnings;
use open qw(:std :utf8);
my $columns = 116;
my @rows;
while (my $line = <>) {
	chomp $line;
	my $class = $line =~ /^\$ / ? 'c' : 'o';
	do { push @rows, [$class, substr($line, 0, $columns, '')] } while length $line;
}
shift @rows while @rows && $rows[0][1] eq '';
my ($dx, $dy, $pad) = (7.83, 18, 18);
my ($width, $height) = (int($columns * $dx) + 2 * $pad, @rows * $dy + 2 * $pad);
print qq(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" width="$width" height="$height" role="img" ),
	qq(aria-label="A terminal session with oauthctl">\n),
	qq(<style>text{font:13px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;white-space:pre;fill:#d5dae2}.c{fill:#8fd6a8}</style>\n),
	qq(<rect width="100%" height="100%" rx="10" fill="#15191f"/>\n);
my $y = $pad + 12;
for my $row (@rows) {
	my ($class, $text) = @$row;
	$text =~ s/&/&amp;/g;
	$text =~ s/</&lt;/g;
	my $length = length($row->[1]) * $dx;
	print qq(<text x="$pad" y="$y" class="$class" textLength="$length" xml:space="preserve">$text</text>\n) if length $text;
	$y += $dy;
}
print "</svg>\n";
P
