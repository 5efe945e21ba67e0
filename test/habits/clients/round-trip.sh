#!/usr/bin/env bash
# Imports a bot, publishes it and exports it again, with curl and unzip alone.
#
# Takes SERVER, TOKEN_FILE, BOT (a folder), NAME and OUT (a folder) from the environment; prints the id of the new bot.
set -euo pipefail

token=$(cat "$TOKEN_FILE")

# A reply that speaks of an error is a failure, whatever its status.
call() {
  local reply
  reply=$(curl -s -H "auth: $token" "$@")
  case $reply in
  *error*)
    echo "$reply" >&2
    exit 1
    ;;
  esac
  echo "$reply"
}

# The last value of a key in a reply.
value() {
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

upload() {
  call -X POST "$SERVER/api/public/uploadfile" -H 'content-type: multipart/form-data' \
    -F "file=@$BOT/$1" -F 'fileContext=bulkImport' -F "fileExtension=$2" | value fileId
}

definition=$(upload botDefinition.json json)
config=$(upload config.json json)
icon=$(upload icon.png png)
functions=$(upload bot_functions.js js)
request=$(call -X POST "$SERVER//api/public/bot/import" -H 'Content-Type: application/json' -d "{
  \"botDefinition\": \"$definition\", \"configInfo\": \"$config\", \"icon\": \"$icon\",
  \"botFunctions\": [\"$functions\"], \"name\": \"$NAME\"
}" | value _id)

bot=
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 1
  bot=$(call -H 'Content-Type: application/json' "$SERVER/api/public/bot/import/status/$request" | value streamId)
  if [ -n "$bot" ]; then break; fi
done

# curl calls this a form, for want of a better word.
call -X POST "$SERVER/api/public/bot/$bot/publish" -d '{"versionComment": "from a script"}' >/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 1
  status=$(call "$SERVER/api/1.1/public/bot/$bot/publish/status/")
  case $status in *'"status":"successful"'*) break ;; esac
done

call -X POST "$SERVER/api/public/bot/$bot/export" -H 'Content-Type: application/json' \
  -d '{"exportType": "published"}' >/dev/null
sleep 1
status=$(call -X GET -H 'Content-Type: application/json' "$SERVER/api/public/bot/$bot/export/status")
link=$(echo "$status" | value downloadURL)
curl -sf -o "$OUT/bot.zip" "$link"
unzip -q -j -o "$OUT/bot.zip" -d "$OUT"
rm "$OUT/bot.zip"
echo "$bot"
