"""What Schemathesis has to know of this interface beyond its document: bodies of lines, names
that exist, and two checks of our own. Loaded by SCHEMATHESIS_HOOKS."""

import json
import os
import re

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

COMMITS = os.environ["GROUNDPLANE_HTTP_COMMITS"].split(",")

_name = st.text(min_size=1, max_size=20)
_line = st.one_of(
    st.builds(lambda name, age: {"type": "Person", "data": {"name": name, "age": age}}, _name, st.integers(-(2**40), 2**40)),
    st.builds(lambda a, b: {"edge": "Knows", "from": a, "to": b, "data": {}}, _name, _name),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=8,
    ),
)
_lines = st.lists(_line, max_size=6).map(lambda lines: "".join(json.dumps(line) + "\n" for line in lines).encode())
schemathesis.openapi.media_type("application/x-ndjson", st.one_of(_lines, st.binary(max_size=200)))


@schemathesis.hook
def flatmap_path_parameters(context, parameters):
    """Half of the names are of something that exists: else nearly every answer would be 404."""
    known = {
        "graph_id": ["team", "catalog"],
        "branch": ["main"],
        "commit_id": COMMITS,
        "name": ["find_person", "add_person", "set_age"],
        "entity_type": ["dataset"],
        "urn": ["urn:li:dataset:(urn:li:dataPlatform:sqlite,reference.main.payments,PROD)"],
    }
    choices = {
        name: st.sampled_from([*known[name], value]) if name in known else st.just(value)
        for name, value in (parameters or {}).items()
    }
    return st.fixed_dictionaries(choices)


TELLTALE = re.compile(r"node_modules|/dist/|\.(js|ts):\d+|\bat \S+ \(|SQLITE_|/tmp/|/home/|/root/|undefined|\[object ")


@schemathesis.check
def one_error_body(ctx, response, case):
    """Every failure is our one body, with the request id of the header, and tells nothing of the inside."""
    if response.status_code < 400 or case.method.upper() == "HEAD":
        return
    if case.path == "/readyz" and response.status_code == 503:
        return
    body = response.json()
    error = body["error"]
    assert isinstance(error["code"], str) and re.fullmatch(r"[a-z][a-z0-9_-]*", error["code"]), body
    assert isinstance(error["message"], str) and error["message"], body
    assert isinstance(error.get("remedy"), str) and error["remedy"], f"no remedy: {body}"
    assert [error["requestId"]] == response.headers["x-request-id"], "the body names another request than the header"
    told = TELLTALE.search(error["message"] + error["remedy"])
    assert told is None, f"tells of the inside ({told and told.group()}): {body}"


@schemathesis.check
def validated_as_described(ctx, response, case):
    """What fits the document is never refused by the validation that is made of the same schemas."""
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE or response.status_code != 400:
        return
    if case.method.upper() == "HEAD":
        return
    code = response.json()["error"]["code"]
    assert code not in ("request_invalid", "precondition_missing", "body_not_json"), response.text
