"""Measures testers on servers: what ci/bench runs once everything is built.

Wall clock, CPU time (user and system) and peak memory of the tester, CPU time of
the server; medians over several rounds, in which the testers take turns. Every
run has a server of its own.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

BINARIES = pathlib.Path("target/release")
SERVERS = {
    "plain tokio-tungstenite": [BINARIES / "peer-server", "tungstenite"],
    "our echo server, permessage-deflate": [BINARIES / "autobahn", "echo-server"],
}
PLAIN, DEFLATE = SERVERS
EMBEDDED = [BINARIES / "autobahn", "run", "--no-reports", "--url", "URL"]
KOSOKU = ["target/python/bin/kosoku", "--outdir", "OUT", "ADDRESS", "--parallelism"]
# In the container, where its own CPU time and memory can be asked for.
WSTEST = """
import json, os, resource, subprocess, sys, time
spec = {"outdir": "/tmp/out", "servers": [{"url": sys.argv[1]}], "cases": ["*"]}
json.dump(spec, open("/tmp/spec.json", "w"))
began = time.time()
subprocess.call(["wstest", "-m", "fuzzingclient", "-s", "/tmp/spec.json"], stdout=open(os.devnull, "w"))
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([time.time() - began, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""
IMAGE = "autobahn-suite:" + re.search(r"^ARG SUITE=(.+)$", open("autobahn/Dockerfile").read(), re.M)[1]
CONTAINER = ["docker", "run", "--rm", "--network=host", IMAGE, "python2.7", "-c", WSTEST, "URL"]

# Server, tester, command, whether once is enough because it takes minutes.
RUNS = [
    (PLAIN, "embedded", EMBEDDED, False),
    (PLAIN, "kosoku -p 16", [*KOSOKU, "16"], False),
    (PLAIN, "wstest", CONTAINER, False),
    (DEFLATE, "embedded, quick", [*EMBEDDED, "--profile", "quick"], False),
    (DEFLATE, "embedded, full", EMBEDDED, False),
    (DEFLATE, "kosoku -p 8", [*KOSOKU, "8"], True),
    (DEFLATE, "wstest", CONTAINER, True),
]


def main():
    arguments = argparse.ArgumentParser(prog="ci/bench", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5, help="runs of each that takes seconds")
    arguments.add_argument("--only", default="", help="only the testers whose name has this in it")
    arguments.add_argument("--server", default="", help="only the servers whose name has this in it")
    options = arguments.parse_args()
    figures = []
    for number in range(options.rounds):
        for server, tester, command, once in RUNS:
            if options.only in tester and options.server in server and not (once and number):
                figures.append({"server": server, "tester": tester, **measure(SERVERS[server], command)})
                print(figures[-1], file=sys.stderr)
    machine = {"cores": os.cpu_count(), "kernel": os.uname().release}
    pathlib.Path("reports/bench.json").write_text(json.dumps({"machine": machine, "runs": figures}, indent=1))
    print(table(figures))


def measure(server, command):
    """One run against a server of its own."""
    load = os.getloadavg()[0]
    peer = subprocess.Popen(server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    url = peer.stdout.readline().strip()
    with tempfile.TemporaryDirectory() as out:
        places = {"URL": url, "ADDRESS": url.removeprefix("ws://"), "OUT": out}
        command = [places.get(word, word) for word in command]
        wanted = subprocess.PIPE if command[0] == "docker" else subprocess.DEVNULL
        began = time.monotonic()
        tester = subprocess.Popen(command, stdout=wanted, stderr=subprocess.DEVNULL, text=True)
        said = tester.stdout.read() if tester.stdout else None
        # A deviation is no failure here: a server without permessage-deflate has many.
        _, status, used = os.wait4(tester.pid, 0)
        wall, cpu, memory = time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss
    if os.waitstatus_to_exitcode(status) not in (0, 1, 100):
        raise SystemExit(f"{command} failed: {status}")
    if said:
        wall, cpu, memory = json.loads(said)
    peer.terminate()
    _, _, served = os.wait4(peer.pid, 0)
    figure = {"wall": wall, "cpu": cpu, "memory": memory / 1024, "server_cpu": served.ru_utime + served.ru_stime}
    return {name: round(value, 3) for name, value in figure.items()} | {"load": round(load, 1)}


def table(figures):
    """Medians, as Markdown."""
    lines = ["| server | tester | runs | wall | CPU | peak memory | server CPU |", "|---|---|--:|--:|--:|--:|--:|"]
    for server, tester in dict.fromkeys((run["server"], run["tester"]) for run in figures):
        runs = [run for run in figures if (run["server"], run["tester"]) == (server, tester)]
        wall, cpu, memory, served = (
            statistics.median(run[name] for run in runs) for name in ("wall", "cpu", "memory", "server_cpu")
        )
        lines.append(
            f"| {server} | {tester} | {len(runs)} | {wall:.2f} s | {cpu:.2f} s | {memory:.0f} MiB | {served:.2f} s |"
        )
    return "\n".join(lines)


main()
