"""Ten learners at once on a real JupyterHub: does each finish lesson 01, and what does one need?

The hub of deploy/jupyterhub starts on this machine, with ports and a state folder of its own. Ten
users are made, their servers started at the same moment, and each runs every cell of
solutions/01 in its own kernel, through the hub's proxy, as JupyterLab would. This happens twice:
with the shared provider, and with each kernel on its own. Nobody reads in between: a class whose
learners all press "Run all" at once, the worst case.

Memory is that of a learner's server and kernel. USS is what would be free without them; PSS adds
their share of what they have in common with others, such as a library's code. With the shared
provider one cell does not print what is stored: the one that says who answers.

Run by hand, after the hub is installed as deploy/README.md says; not on Windows, where there is no
JupyterHub: `python benchmarks/hub.py`, or `python benchmarks/hub.py 4` for four learners.
"""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from hub_learner import Run, run_lesson, wait_until

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "deploy" / "jupyterhub" / "jupyterhub_config.py"
TOKEN = secrets.token_hex(16)
ADDED = """
load_subconfig({config!r})
c.JupyterHub.services = [*c.JupyterHub.services, {{"name": "benchmark", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [*c.JupyterHub.load_roles, {{
    "name": "benchmark", "services": ["benchmark"],
    "scopes": ["admin:users", "admin:servers", "access:servers"],
}}]
if {root}:
    c.Spawner.args = [*c.Spawner.args, "--allow-root"]
if not {shared}:
    c.JupyterHub.services = [s for s in c.JupyterHub.services if s["name"] != "provider"]
    for name in ("WORKSHOP_PROVIDER", "WORKSHOP_TOKEN"):
        del c.Spawner.environment[name]
    c.Spawner.environment["WORKSHOP_OFFLINE"] = "1"
"""


@dataclass
class Memory:
    """Bytes, while all kernels are still alive."""

    uss: list[int]  # of each learner
    pss: list[int]
    provider: int  # PSS
    hub: int  # PSS of hub, proxy and culler
    peak: int  # PSS of everything, at its highest


def main(learners: int) -> None:
    columns = []
    for shared in (True, False):
        with (
            tempfile.TemporaryDirectory(prefix="hub-") as state,
            running_hub(Path(state), shared=shared) as (process, address),
        ):
            columns.append(figures(*asyncio.run(classroom(address, process, learners))))
    print(f"{learners} learners at once, lesson 01, {os.cpu_count()} cores\n")
    print(f"{'':34}{'shared provider':>18}{'each on its own':>18}")
    for what, with_provider in columns[0].items():
        print(f"{what:34}{with_provider:>18}{columns[1][what]:>18}")


def figures(runs: list[Run], memory: Memory) -> dict[str, str]:
    cells = sum(run.cells for run in runs)
    uss, pss = (np.median(values) / 1e6 for values in (memory.uss, memory.pss))
    return {
        "finished": f"{sum(run.finished for run in runs)} of {len(runs)}",
        "cells without an error": f"{sum(run.passed for run in runs)} of {cells}",
        "cells that printed what is stored": f"{sum(run.as_stored for run in runs)} of {cells}",
        "last server up, s": f"{max(run.server_up for run in runs):.0f}",
        "first learner finished, s": f"{min(run.done for run in runs):.0f}",
        "last learner finished, s": f"{max(run.done for run in runs):.0f}",
        "a learner, USS, MB": f"{uss:.0f}",
        "a learner, PSS, MB": f"{pss:.0f}",
        "provider, PSS, MB": f"{memory.provider / 1e6:.0f}",
        "hub, proxy and culler, PSS, MB": f"{memory.hub / 1e6:.0f}",
        "everything, PSS, at most, GB": f"{memory.peak / 1e9:.1f}",
    }


@contextmanager
def running_hub(state: Path, *, shared: bool) -> Iterator[tuple[psutil.Process, str]]:
    """JupyterHub as deployed, with a service that may do what this benchmark does."""
    port, inner, api, provider = free_ports(4)
    config = state / "benchmark_config.py"
    is_root = os.geteuid() == 0
    text = ADDED.format(config=str(CONFIG), token=TOKEN, root=is_root, shared=shared)
    config.write_text(text, encoding="utf-8")
    environment = os.environ | {
        "WORKSHOP_HUB_STATE": str(state / "hub"),
        "WORKSHOP_PROVIDER_PORT": str(provider),
    }
    command = [
        sys.executable, "-m", "jupyterhub", f"--config={config}", f"--port={port}",
        f"--JupyterHub.hub_port={inner}",
        f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{api}",
    ]  # fmt: skip
    log = (state / "log").open("w", encoding="utf-8")
    process = subprocess.Popen(command, env=environment, cwd=state, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(f"{address}/hub/api/", process)
        if shared:
            wait_until(f"http://127.0.0.1:{provider}/health", process)
        yield psutil.Process(process.pid), address
    except BaseException:
        print((state / "log").read_text(encoding="utf-8")[-4000:], file=sys.stderr)
        raise
    finally:
        process.terminate()
        process.wait(60)
        log.close()


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


async def classroom(address: str, hub: psutil.Process, learners: int) -> tuple[list[Run], Memory]:
    """Everybody runs the lesson; memory is read when the last has finished."""
    names = [f"user{number:02}" for number in range(1, learners + 1)]
    over = asyncio.Event()
    watch = asyncio.create_task(highest(hub, over))
    began = time.perf_counter()
    runs = await asyncio.gather(*(run_lesson(address, TOKEN, name, began) for name in names))
    memory = await asyncio.to_thread(by_owner, hub, names)
    over.set()
    return runs, Memory(*memory, peak=await watch)


def by_owner(hub: psutil.Process, names: list[str]) -> tuple[list[int], list[int], int, int]:
    """USS and PSS of each learner's processes; PSS of the provider and of all the others."""
    uss, pss = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    provider = others = 0
    for process in [hub, *hub.children(recursive=True)]:
        used = process.memory_full_info()
        owner = process.environ().get("JUPYTERHUB_USER", "")
        if owner in uss:
            uss[owner] += used.uss
            pss[owner] += used.pss
        elif "helpers.offline" in process.cmdline():
            provider += used.pss
        else:
            others += used.pss
    return list(uss.values()), list(pss.values()), provider, others


async def highest(hub: psutil.Process, over: asyncio.Event) -> int:
    """The highest PSS of the hub and everything below it, looked at every two seconds."""
    peak = 0
    while not over.is_set():
        peak = max(peak, await asyncio.to_thread(total, hub))
        await asyncio.sleep(2)
    return peak


def total(hub: psutil.Process) -> int:
    used = 0
    for process in [hub, *hub.children(recursive=True)]:
        try:
            used += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return used


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10)
