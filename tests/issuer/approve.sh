#!/usr/bin/env bash
# A user at belgo-issuer without a browser: opens its page, allows everything, and goes back to the application.
# usage: approve.sh URL      APPROVE_USER: who signs in (ada)
set -euo pipefail
url=${*: -1}
origin=$(sed -E 's#^(https?://[^/]+).*#\1#' <<<"$url")
page=$(curl -fsS --max-time 20 "$url")
request=$(sed -nE "s/.*name=request value='([^']+)'.*/\1/p" <<<"$page")
if [ -z "$request" ]; then
	echo "approve: this is no page of belgo-issuer" >&2
	exit 1
fi
fields=(--data-urlencode "request=$request" --data-urlencode "login=${APPROVE_USER:-ada}" --data-urlencode action=approve)
while IFS= read -r scope; do
	fields+=(--data-urlencode "scope=$scope")
done < <(grep -oE "name=scope value='[^']+'" <<<"$page" | sed -E "s/.*'(.*)'/\1/")
curl -fsS --max-time 60 --location --output /dev/null "${fields[@]}" "$origin/decide"
