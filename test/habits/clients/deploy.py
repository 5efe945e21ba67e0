"""Brings a bot to a server, as a deployment script does that has nothing but Python's standard library.

Takes SERVER, CLIENT_ID, CLIENT_SECRET, BOT (a folder) and NAME from the environment; prints the id of the new bot.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import time
import urllib.parse
import urllib.request

SERVER = os.environ["SERVER"]
BOT = os.environ["BOT"]
NAME = os.environ["NAME"]


def make_token(claims):
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    parts = [{"typ": "JWT", "alg": "HS256"}, claims]
    signed = ".".join(encode(json.dumps(part).encode()) for part in parts)
    key = os.environ["CLIENT_SECRET"].encode()
    return signed + "." + encode(hmac.new(key, signed.encode(), hashlib.sha256).digest())


TOKEN = make_token({"sub": "1234567890", "appId": os.environ["CLIENT_ID"]})


def upload(file_name, extension, content_type="application/json"):
    """A multipart body by hand: the file under its whole path first, the fields behind it."""
    boundary = "wL36Yn8afVp8Ag7AmP8qZ0SA4n1v9T"
    path = os.path.join(BOT, file_name)
    with open(path, "rb") as file:
        content = file.read()
    head = (
        '--{0}\r\nContent-Disposition: form-data; name="file"; filename="{1}"\r\nContent-Type: {2}\r\n\r\n'
    ).format(boundary, path, content_type)
    fields = "".join(
        '\r\n--{0}\r\nContent-Disposition: form-data; name="{1}"\r\n\r\n{2}'.format(boundary, name, value)
        for name, value in [("fileContext", "bulkImport"), ("fileExtension", extension)]
    )
    body = head.encode() + content + (fields + "\r\n--" + boundary + "--\r\n").encode()
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(SERVER).netloc)
    connection.request(
        "POST",
        "/api/public/uploadfile",
        body,
        {"auth": TOKEN, "Content-Type": "multipart/form-data; boundary=" + boundary},
    )
    reply = json.load(connection.getresponse())
    connection.close()
    return reply["fileId"]


def call(path, data=None):
    headers = {"auth": TOKEN}
    if data is None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(SERVER + path, data, headers)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


body = {
    "botDefinition": upload("botDefinition.json", "json"),
    "configInfo": upload("config.json", "json"),
    "icon": upload("icon.png", "png"),
    "name": NAME,
}
if os.path.exists(os.path.join(BOT, "bot_functions.js")):
    body["botFunctions"] = upload("bot_functions.js", "js")

started = call("/api/public/bot/import", urllib.parse.urlencode(body).encode())
time.sleep(6.5)
status = call("/api/public/bot/import/status/" + started["_id"])
first = status["statusLogs"][0]
if first["status"] != "success" or first["taskName"] != NAME:
    raise SystemExit("not imported: " + json.dumps(status))

offset = 0
found = []
while True:
    page = call("/api/public/bots?offset=%d&limit=50" % offset)
    found += [bot["_id"] for bot in page["bots"] if bot["name"] == NAME]
    if not page["availableMore"]:
        break
    offset += 1
if found != [status["streamId"]]:
    raise SystemExit("not in the list: " + json.dumps(found))
print(status["streamId"])
