"""Results of runs that did not happen: one with failures, one of a hostile peer,
one of another engine."""

import copy
import json
import pathlib
import sys

ATTACK = "\"'></pre></style><script>window.owned=1</script><img src=x onerror='window.owned=1'>\u202e"


def failed(case, text):
    case["verdict"] = {"behavior": "FAILED", "close": "UNCLEAN"}
    case["explanation"]["behavior"] = text


def poison(value):
    """The same with an attack at the end of every text that a peer may choose."""
    if isinstance(value, dict):
        keep = {"verdict", "id", "target", "what", "rule", "mask", "opcode", "hex", "name"}
        return {
            key: value[key] + ATTACK.encode().hex() if key == "hex" and len(value[key]) < 40
            else value[key] if key in keep or key in ("timer", "write", "kind", "timeout")
            else poison(value[key])
            for key in value
        }
    if isinstance(value, list):
        return [poison(one) for one in value]
    return value + ATTACK if isinstance(value, str) else value


def main(results, out):
    whole = json.loads(pathlib.Path(results).read_text())
    whole.pop("judgement", None)

    red = copy.deepcopy(whole)
    for case in red["cases"][40:48]:
        failed(case, "the peer sent something else than was expected")
    del red["cases"][60]

    hostile = copy.deepcopy(red)
    hostile["cases"] = [poison(case) for case in hostile["cases"]]
    for text in ("commit", "os", "started"):
        hostile["provenance"][text] = ATTACK
    hostile["provenance"]["command"].append(ATTACK)
    hostile["provenance"]["targets"][0] = {"name": ATTACK, "url": ATTACK}
    for case in hostile["cases"]:
        case["target"] = ATTACK

    other = copy.deepcopy(whole)
    other["provenance"]["engine"]["name"] = "docker"
    failed(other["cases"][100], "engines disagree about this one")

    for name, run in ("red", red), ("hostile", hostile), ("other", other):
        (pathlib.Path(out) / f"{name}.json").write_text(json.dumps(run))


main(*sys.argv[1:])
