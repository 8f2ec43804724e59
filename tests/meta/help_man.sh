#!/usr/bin/env bash
# What `oauthctl help` names, the manual explains: each verb, and each option of each verb. usage: help_man.sh SOURCE OAUTHCTL
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
oauthctl=$2

help=$("$oauthctl" help) || fault "oauthctl help failed"
verbs=$(sed -nE 's/^  ([a-z]+)( .*)?$/\1/p' <<<"$help" | sort -u)
if [ "$(grep -c . <<<"$verbs")" -lt 14 ]; then fault "oauthctl help names fewer than 14 verbs"; fi
plain() { mandoc -T ascii -O width=1000 "$@" 2>/dev/null | perl -pe '1 while s/.\x08//g'; }
manual=$(plain "$src/man/oauthctl.1") || fault "man/oauthctl.1 is missing"

for verb in $verbs; do
	text=$("$oauthctl" help "$verb") || fault "oauthctl help $verb failed"
	page=
	for file in $(grep -lE "^\.Nm oauthctl $verb( |$)" "$src"/man/oauthctl-*.1); do page+=$(plain "$file")$'\n'; done
	if ! grep -qE "(^|[^a-z-])$verb([^a-z-]|$)" <<<"$manual"; then fault "oauthctl(1) does not name $verb"; fi
	while IFS= read -r option; do
		if [ -n "$option" ] && ! grep -qE -- "$option([^a-z-]|$)" <<<"$page"$'\n'"$manual"; then fault "$verb: the manual does not explain $option"; fi
	done < <(grep -oE '(^|[ ,[])--[a-z][a-z-]+' <<<"$text" | tr -d ' ,[' | sort -u)
done
finish "$(grep -c . <<<"$verbs") verbs stand in the manual"
