"""Start Ray on this machine, or join a cluster. What this module does not do: work with it.

Tried on Linux, on one machine. Ray runs on macOS too, and on Windows as a beta.
"""

import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from helpers.redaction import short

OURS = {  # what Ray takes no arguments for
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # on every system: listen on loopback only
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # else it prints warnings about its own parts
}
OBJECT_STORE = 2**28  # bytes for what is on its way between processes
INSTALL = 'python -m uv pip install "ray[data]"'


class ScaleError(ValueError):
    """The pipeline cannot run; the message says what to do."""


class ClusterStartError(ScaleError):
    """Ray does not start or cannot be reached, which a second attempt may mend."""


@contextmanager
def cluster(*, workers: int, address: str | None = None) -> Iterator[None]:
    """Have Ray inside the `with`: the one that runs, the one at the address, or one of one's own.

    One's own listens on loopback only, sends no usage statistics, and ends with the `with`. It
    takes about 1 GB of memory for its own processes, whatever the workers take. Its files are
    in a folder of their own, which stays behind only when this process is killed.

    Args:
        workers: how many processes embed, one CPU each; one more CPU is for the cutting.
        address: of a cluster that runs, such as `HOST:6379`; this package must be
            installed on its machines.

    Raises:
        ClusterStartError: Ray does not start or cannot be reached.
        ScaleError: Ray is not installed, or the cluster has too few CPUs for the workers.
    """
    if workers < 1:
        raise ScaleError(
            f"workers is {workers}; a cluster needs at least 1, and 0 without --address embeds in "
            "this process"
        )
    if not address:
        os.environ.update(OURS)  # before the import, which reads them
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ScaleError(
            f"this needs Ray, which cannot be imported ({error}). Run `{INSTALL}`, "
            "or embed in this process with 0 workers."
        ) from error
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # what fails is raised as well
    warnings.filterwarnings("ignore", message="The minimum number of concurrent actors")
    with ExitStack() as stack:
        if not ray.is_initialized():
            _start({"address": address} if address else _alone(workers, stack))
            stack.callback(ray.shutdown)
        cpus = int(ray.cluster_resources().get("CPU", 0))
        if cpus < workers + 1:
            raise ScaleError(
                f"the cluster has {cpus} CPUs; {workers} workers and the cutting need "
                f"{workers + 1}. Ask for fewer workers, or use a larger cluster."
            )
        yield


def _alone(workers: int, stack: ExitStack) -> dict[str, Any]:
    """What to tell Ray to start a cluster on this machine; its folder goes with the stack."""
    # Not in the system's own folder: on macOS its path is too long for the sockets in it.
    place = "/tmp" if os.name == "posix" else None
    home = tempfile.TemporaryDirectory(prefix="ray-", dir=place, ignore_cleanup_errors=True)
    return {
        "address": "local",
        "num_cpus": workers + 1,
        "object_store_memory": OBJECT_STORE,
        "include_dashboard": False,
        "_temp_dir": stack.enter_context(home),
    }


def _start(options: dict[str, Any]) -> None:
    import ray

    try:
        ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # of many kinds, also plain ones
        raise ClusterStartError(
            f"Ray does not start or cannot be reached ({short(str(error))}). Check the --address "
            "if there is one; if not, close other programs, since Ray waits only 30 seconds for "
            "its own processes, and try again."
        ) from error
