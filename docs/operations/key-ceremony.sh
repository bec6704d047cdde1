#!/bin/sh
# A key ceremony, act by act, with minutes of every act. docs/operations/key-ceremony.md says who does what, and why.
#
#   key-ceremony.sh make KEYFILE [ed25519|ecdsa-p256]     at the organisation, on a machine without a network
#   key-ceremony.sh make-in-token TOKEN.toml [ALGORITHM]  the same, in a token (pkcs11.md), out of which it can't be taken
#   key-ceremony.sh read DRAFT                            at everybody's: show what would be signed, and its hash
#   key-ceremony.sh sign DRAFT KEYFILE HASH SIGNED        at who signs: HASH as it was heard, not as it is shown
#   key-ceremony.sh sign-in-token DRAFT TOKEN.toml HASH SIGNED [PUBLICKEY]
#   key-ceremony.sh draft DRAFT COMMAND...                at the node: write the draft of a barid command
#   key-ceremony.sh complete DRAFT SIGNED,... COMMAND...  at the node: complete it with the signatures
#
# BARID names the program, MINUTES the file of the minutes (./minutes.txt). Nothing secret goes into the minutes.
set -eu
umask 077
barid=${BARID:-barid}
minutes=${MINUTES:-minutes.txt}

fail() { echo "key-ceremony: $1" >&2; exit 2; }
note() { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" >> "$minutes"; }
sum() { sha256sum < "$1" | cut -d ' ' -f 1; }

act=${1:-}
[ $# -gt 0 ] && shift
case $act in
  make)
    [ $# -ge 1 ] || fail "make KEYFILE [ALGORITHM]"
    made=$("$barid" admin key new --out "$1" --algorithm "${2:-ed25519}" --json)
    note "made key $(printf '%s' "$made" | tr -d '\n ')"
    echo "$made"
    ;;
  make-in-token)
    [ $# -ge 1 ] || fail "make-in-token TOKEN.toml [ALGORITHM]"
    made=$("$barid" admin key new --pkcs11 "$1" --algorithm "${2:-ed25519}" --json)
    note "made key in a token $(printf '%s' "$made" | tr -d '\n ')"
    echo "$made"
    ;;
  read)
    [ $# -eq 1 ] || fail "read DRAFT"
    # Nothing is signed: the exit code says so.
    "$barid" admin sign --draft "$1" || [ $? -eq 1 ]
    ;;
  sign)
    [ $# -eq 4 ] || fail "sign DRAFT KEYFILE HASH SIGNED"
    "$barid" admin sign --draft "$1" --key "$2" --hash "$3" --out "$4"
    note "signed draft $3, signatures sha256 $(sum "$4")"
    ;;
  sign-in-token)
    [ $# -ge 4 ] && [ $# -le 5 ] || fail "sign-in-token DRAFT TOKEN.toml HASH SIGNED [PUBLICKEY]"
    "$barid" admin sign --draft "$1" --pkcs11 "$2" --hash "$3" --out "$4" ${5:+--public-key "$5"}
    note "signed draft $3 in a token, signatures sha256 $(sum "$4")"
    ;;
  draft)
    [ $# -ge 2 ] || fail "draft DRAFT COMMAND..."
    file=$1
    shift
    "$barid" "$@" --draft "$file"
    note "drafted $*, file sha256 $(sum "$file")"
    ;;
  complete)
    [ $# -ge 3 ] || fail "complete DRAFT SIGNED,... COMMAND..."
    file=$1
    signed=$2
    shift 2
    # File names of signatures hold no comma and no white space.
    # shellcheck disable=SC2046
    "$barid" "$@" --draft "$file" --with $(printf '%s' "$signed" | tr ',' ' ')
    note "completed $*, draft file sha256 $(sum "$file")"
    ;;
  *)
    fail "make, make-in-token, read, sign, sign-in-token, draft or complete"
    ;;
esac
