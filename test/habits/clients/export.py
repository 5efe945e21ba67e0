"""Fetches a bot from a server: one export, one look at its status, one download.

Takes SERVER, TOKEN, BOT_ID and OUT (a folder) from the environment.
"""

import json
import os
import time
import urllib.request
import zipfile

SERVER = os.environ["SERVER"]
OUT = os.environ["OUT"]
HEADERS = {"auth": os.environ["TOKEN"], "Content-Type": "application/json"}
PATH = SERVER + "/api/public/bot/" + os.environ["BOT_ID"] + "/export"

body = json.dumps({"exportType": "latest"}).encode()
with urllib.request.urlopen(urllib.request.Request(PATH, body, HEADERS)) as reply:
    started = json.load(reply)

time.sleep(1)
with urllib.request.urlopen(urllib.request.Request(PATH + "/status", headers=HEADERS)) as reply:
    status = json.load(reply)
assert status["_id"] == started["_id"], status

archive = os.path.join(OUT, "bot.zip")
with urllib.request.urlopen(status["downloadURL"]) as reply, open(archive, "wb") as file:
    announced = int(reply.headers["Content-Length"])
    done = 0
    while True:
        chunk = reply.read(8192)
        if not chunk:
            break
        file.write(chunk)
        done += len(chunk)
assert done == announced == int(status["fileSize"]), (done, announced, status)

with zipfile.ZipFile(archive) as members:
    assert members.testzip() is None
    members.extractall(OUT)
os.remove(archive)
