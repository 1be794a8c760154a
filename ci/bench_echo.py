"""Measures echo servers: what ci/bench-echo runs once everything is built.

In every round the servers are started anew, for where a process happens to lie
in memory makes up to a twentieth; and for every kind of load they take turns. CPU
time is the server's own, user and system, by the kernel's scheduler; medians over
the rounds. A ratio is the median of those of each round, because no machine is
equally fast all the time; in brackets, where 95 of 100 such medians would lie.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys

BINARIES = pathlib.Path("target/release")
PEER = BINARIES / "peer-server"
OURS = "our echo server"
LIMIT = "raw TCP, the limit"
GORILLA = [BINARIES / "gorilla"]
# Name, command, whether it speaks permessage-deflate.
SERVERS = [
    (OURS, [BINARIES / "echo-server", "--listen", "127.0.0.1:0", "--log", "error"], True),
    ("tokio-tungstenite", [PEER, "tungstenite"], False),
    ("the same, batching", [PEER, "tungstenite-batching"], False),
    ("fastwebsockets", [PEER, "fastwebsockets"], False),
    ("tokio-websockets, batching", [PEER, "tokio-websockets-batching"], False),
    ("sockudo-ws, batching", [PEER, "sockudo", "--level", "LEVEL"], True),
    ("yawc, batching", [PEER, "yawc", "--level", "LEVEL"], True),
    ("gorilla/websocket (Go)", GORILLA, True),
    (LIMIT, [PEER, "raw"], False),
]
KIB, MIB = 1 << 10, 1 << 20
# Kind, octets, connections, window.
LOADS = [
    ("plain", 20, 64, 1),
    ("plain", 20, 64, 16),
    ("plain", KIB, 16, 1),
    ("plain", KIB, 16, 16),
    ("plain", 64 * KIB, 8, 1),
    ("plain", 64 * KIB, 8, 4),
    ("plain", MIB, 4, 1),
    ("plain", MIB, 4, 4),
    ("deflate", 20, 64, 1),
    ("deflate", 20, 64, 16),
    ("deflate", KIB, 16, 1),
    ("deflate", KIB, 16, 16),
    ("deflate", 64 * KIB, 8, 1),
    ("deflate", 64 * KIB, 8, 4),
    ("deflate", MIB, 4, 1),
    ("deflate", MIB, 4, 4),
]


def main():
    arguments = argparse.ArgumentParser(prog="ci/bench-echo", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=4)
    arguments.add_argument("--seconds", type=float, default=0.4, help="of a measurement")
    arguments.add_argument("--only", default="", help="only the servers whose name has this in it")
    arguments.add_argument("--load", default="", help="only the loads whose name has this in it")
    arguments.add_argument("--level", default="2", help="compression level of those that have ours")
    arguments.add_argument("--threads", help="of each server (without it one for each core)")
    options = arguments.parse_args()
    loads = [load for load in LOADS if options.load in title(load)]
    figures = []
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}, load average {os.getloadavg()[0]:.1f}", file=sys.stderr)
        servers = {}
        try:
            for name, command, deflate in SERVERS:
                if options.only in name:
                    servers[name] = *start(command, options.level, options.threads), deflate
            figures += measure_all(servers, loads, number, options.seconds)
        finally:
            for process, _, _ in servers.values():
                process.kill()
                process.wait()
    machine = {"cores": os.cpu_count(), "kernel": os.uname().release}
    pathlib.Path("reports/bench-echo.json").write_text(json.dumps({"machine": machine, "runs": figures}, indent=1))
    print(tables(figures))


def start(command, level, threads):
    """A server, and where it listens."""
    command = [level if word == "LEVEL" else word for word in command]
    environment = dict(os.environ)
    if threads and command == GORILLA:
        environment["GOMAXPROCS"] = threads
    elif threads:
        command += ["--threads", threads]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    return process, process.stdout.readline().strip()


def measure_all(servers, loads, number, seconds):
    figures = []
    for load in loads:
        # Nobody is always first.
        names = list(servers)
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            process, url, deflate = servers[name]
            if deflate or load[0] == "plain":
                figure = measure(name, process.pid, url, load, seconds)
                figures.append({"server": name, "load": title(load), "round": number, **figure})
    return figures


def measure(name, pid, url, load, seconds):
    kind, size, connections, window = load
    command = [
        BINARIES / "echo-load", url, "--kind", "raw" if name == LIMIT else kind, "--size", size,
        "--connections", connections, "--window", window, "--seconds", seconds,
        "--warmup", seconds / 4, "--pid", pid,
    ]  # fmt: skip
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name}, {title(load)}: {done.stderr}")
    return json.loads(done.stdout)


def title(load):
    kind, size, connections, window = load
    octets = f"{size} B" if size < KIB else f"{size // KIB} KiB" if size < MIB else f"{size // MIB} MiB"
    pipelined = f", {window} at a time" if window > 1 else ""
    return f"{kind}, {octets} x {connections}{pipelined}"


def tables(figures):
    """Medians, as Markdown: a table for each kind."""
    parts = []
    for kind, note in ("plain", ""), ("deflate", "; size: octets back / octets of the messages"):
        runs = [run for run in figures if run["load"].startswith(kind)]
        loads = list(dict.fromkeys(run["load"] for run in runs))
        names = [name for name, _, _ in SERVERS if any(run["server"] == name for run in runs)]
        if not runs:
            continue
        cells = {(name, load): cell(runs, name, load) for name in names for load in loads}
        rows = [[f"{kind}: server CPU, us a message{note}", *(load.split(", ", 1)[1] for load in loads)]]
        for name in names:
            rows.append([name, *(text(cells, name, load, kind) for load in loads)])
        if OURS in names and len(names) > 1:
            rows.append(["ours / best of the others", *(ratio(cells, runs, names, load) for load in loads)])
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        lines.insert(1, "|---|" + "--:|" * len(loads))
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def cell(runs, name, load):
    runs = [run for run in runs if (run["server"], run["load"]) == (name, load)]
    median = statistics.median
    return {
        "cpu": median(run["server_cpu"] / run["echoes"] * 1e6 for run in runs),
        "rate": median(run["echoes"] / run["seconds"] for run in runs),
        "size": median(run["received"] / run["plain"] for run in runs),
    }


def ratio(cells, runs, names, load):
    """To the best of those that compress as well as ours does, or a quarter worse at most."""
    size = cells[OURS, load]["size"]
    others = [name for name in names if name not in (OURS, LIMIT) and cells[name, load]["size"] < size * 1.25]
    if not others:
        return "-"
    best = min(others, key=lambda name: cells[name, load]["cpu"])
    cpu = {(run["server"], run["round"]): run["server_cpu"] / run["echoes"] for run in runs if run["load"] == load}
    rounds = {number for _, number in cpu}
    ratios = [cpu[OURS, number] / cpu[best, number] for number in rounds]
    chance = random.Random(0)
    medians = sorted(statistics.median(chance.choices(ratios, k=len(ratios))) for _ in range(2000))
    low, high = medians[50], medians[-51]
    return f"{statistics.median(ratios):.2f} ({low:.2f} to {high:.2f})"


def text(cells, name, load, kind):
    """CPU time, throughput, and with compression how much came of it."""
    values = cells[name, load]
    size = f", {values['size'] * 100:.0f} %" if kind == "deflate" else ""
    return f"{number(values['cpu'])} ({rate(values['rate'])}/s{size})"


def number(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def rate(value):
    return f"{value / 1e6:.2f} M" if value >= 1e6 else f"{value / 1e3:.0f} k" if value >= 1e4 else f"{value:.0f}"


if __name__ == "__main__":
    main()
