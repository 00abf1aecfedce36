#!/usr/bin/env bash
# Reconciles eight resources of an SPS appliance with curl and jq: reads each, compares, and where something differs writes
# it in one transaction, commits, and reads again. What the files do not mention is kept. Prints the number of writes.
#
# Needs SPS_URL, SPS_CA, SPS_USERNAME, SPS_PASSWORD, SPLUNK_HEC_TOKEN, and DESIRED: the folder with the quickstart's
# `ca/corporate.pem` and `management/license.txt`.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
work=$(mktemp -d)
open=no

finish() {
  local code=$?
  if [ "$open" = yes ]; then call DELETE transaction >/dev/null || true; fi
  rm -rf "$work"
  exit "$code"
}
trap finish EXIT

# call METHOD PATH [curl's arguments...]: one request in the session; prints the answer's body, fails unless it is 2xx.
call() {
  local method=$1 path=$2
  shift 2
  curl --silent --show-error --fail-with-body --max-time 60 --cacert "$SPS_CA" \
    --cookie "$work/cookies" --cookie-jar "$work/cookies" --request "$method" "$@" "$SPS_URL/api/$path"
}

write() { # METHOD PATH, the body on stdin
  begin
  call "$1" "$2" --header 'Content-Type: application/json' --data-binary @- >/dev/null
  writes=$((writes + 1))
}

begin() {
  if [ "$open" = yes ]; then return; fi
  call POST transaction --header 'Content-Length: 0' >/dev/null
  open=yes
}

# differs LIVE WANTED: whether the live body lacks something of what is wanted; both are files.
differs() {
  jq --exit-status --null-input --slurpfile live "$1" --slurpfile want "$2" \
    '($live[0] * $want[0]) != $live[0]' >/dev/null
}

# The certificates without their line breaks: the appliance may break them elsewhere.
# shellcheck disable=SC2016
readonly STORE='{ name, revocation_check, crl_urls: (.crl_urls | sort),
  authorities: [.authorities[].certificate | gsub("\\s"; "")] | sort }'

desired() {
  jq --arg token "$SPLUNK_HEC_TOKEN" \
    'map(if .path == "configuration/management/splunk_forwarder" then .body.token = $token else . end)' \
    "$here/desired.json" >"$work/desired.json"
  jq --null-input --rawfile pem "$DESIRED/ca/corporate.pem" \
    '{ name: "Corporate CA", revocation_check: "none", crl_urls: [], authorities: [{ certificate: $pem }] }' \
    >"$work/store.json"
  jq --raw-output '.[].path' "$work/desired.json" >"$work/paths"
}

# Compares everything; with "write" as its argument it also writes. `writes` counts what it wrote or would have written.
reconcile() {
  local path key
  writes=0
  while read -r path; do
    call GET "$path" | jq .body >"$work/live.json"
    jq --arg path "$path" '.[] | select(.path == $path) | .body' "$work/desired.json" >"$work/want.json"
    if ! differs "$work/live.json" "$work/want.json"; then continue; fi
    if [ "$1" = write ]; then
      jq --null-input --slurpfile live "$work/live.json" --slurpfile want "$work/want.json" '$live[0] * $want[0]' \
        >"$work/target.json"
      write PUT "$path" <"$work/target.json"
    else writes=$((writes + 1)); fi
  done <"$work/paths"

  call GET configuration/trust_stores |
    jq 'first(.items[] | select(.body.name == "Corporate CA")) // null' >"$work/live.json"
  if jq --exit-status --slurpfile want "$work/store.json" \
    "if . == null then true else (.body | $STORE) != (\$want[0] | $STORE) end" "$work/live.json" >/dev/null; then
    key=$(jq --raw-output '.key // empty' "$work/live.json")
    if [ "$1" != write ]; then writes=$((writes + 1));
    elif [ -z "$key" ]; then write POST configuration/trust_stores <"$work/store.json";
    else write PUT "configuration/trust_stores/$key" <"$work/store.json"; fi
  fi

  if ! call GET configuration/management/license |
    jq --exit-status '.body.serial == "5b8f1c52-0c1f-4a5e-9d0a-7a4d1f5f3c10"' >/dev/null; then
    if [ "$1" = write ]; then
      begin
      call POST upload/license --header 'Expect:' --form "data=@$DESIRED/management/license.txt" >/dev/null
    fi
    writes=$((writes + 1))
  fi

  if ! call GET starling/join | jq --exit-status '(.body // .).joined' >/dev/null; then
    echo 'the appliance is not joined to Starling; join it on the web UI' >&2
    exit 1
  fi
}

desired
call GET authentication --user "$SPS_USERNAME:$SPS_PASSWORD" >/dev/null
reconcile write
written=$writes
if [ "$open" = yes ]; then
  call PUT transaction --header 'Content-Type: application/json' --data '{"status": "commit"}' >/dev/null
  open=no
  reconcile verify
  if [ "$writes" -gt 0 ]; then
    echo "$writes of the resources still differ" >&2
    exit 1
  fi
fi
echo "$written"
