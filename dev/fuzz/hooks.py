"""What the fuzzer of the API must not do, and what it should know."""

import json
import os
import urllib.request

import schemathesis

NOBODY = "http://127.0.0.1:9/http-bind"


def first_items(path):
    request = urllib.request.Request(
        os.environ["NOCGATE_URL"] + "/api/v1" + path,
        headers={"Authorization": "Bearer " + os.environ["NOCGATE_KEY"]},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["items"]


# One SmartServer that may be asked anything, and another whose registration may be spoilt.
ASKED, SPOILT = (smartserver["key"] for smartserver in first_items("/smartservers?limit=2"))
POINT = first_items(f"/data-points?limit=1&smartserver={ASKED}&q=nvi")[0]["id"]
turns = {}


@schemathesis.hook
def before_call(context, case, kwargs):
    stay_at_home(case.body)
    sometimes_name_what_exists(case)


def stay_at_home(body):
    """The gateway would look for every XMPP server that it is told of."""
    if isinstance(body, dict) and isinstance(body.get("bosh_urls"), list):
        body["bosh_urls"] = [NOBODY if is_address(url) else url for url in body["bosh_urls"]]


def is_address(text):
    return isinstance(text, str) and text.strip().lower().startswith(("http:", "https:"))


def sometimes_name_what_exists(case):
    """Every second call gets past "not found"; what is deleted never exists."""
    turn = turns[case.path] = turns.get(case.path, 0) + 1
    if turn % 2 or case.method.upper() == "DELETE" or not case.path_parameters:
        return
    if "{key}" in case.path:
        case.path_parameters["key"] = SPOILT if case.path.endswith("{key}") else ASKED
    if "data-points/{id}" in case.path:
        case.path_parameters["id"] = POINT
