"""JupyterHub for a class on one server, with one shared provider beside it.

Five things run. The *proxy* takes every request from a browser. The *hub* logs people in and
starts one JupyterLab for each, a *single-user server*, whose notebooks run in *kernels*. The
*shared provider* embeds and answers for all of them, so that a kernel loads no model. The
*culler* stops servers that nobody uses.

    jupyterhub --config deploy/jupyterhub/jupyterhub_config.py

serves a trial on this machine. ../README.md says how to install it, and what to change before a
class: each such place is marked "For a class".
"""

import os
import secrets
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

from learners import learner_id  # noqa: E402

from helpers.offline.tokens import INSTRUCTOR, read_secret, token_for  # noqa: E402

c = get_config()  # noqa: F821  JupyterHub puts it here

# Everything that the hub writes. For a class: a folder that is backed up, such as /srv/workshop.
STATE = Path(os.environ.get("WORKSHOP_HUB_STATE") or HERE / "state")
HOMES = STATE / "homes"
STATE.mkdir(mode=0o700, parents=True, exist_ok=True)

# --- Where it listens ---------------------------------------------------------------------------

# This machine only. For a class: `--ip=0.0.0.0` on the command line opens it to the room. Then
# passwords cross the network, so put HTTPS in front of it (a reverse proxy, or JupyterHub.ssl_key
# and ssl_cert).
c.JupyterHub.ip = "127.0.0.1"
c.JupyterHub.port = 8000

c.JupyterHub.db_url = f"sqlite:///{STATE / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie-secret")
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")

proxy = shutil.which("configurable-http-proxy", path=HERE / "node_modules" / ".bin")
proxy = proxy or shutil.which("configurable-http-proxy")
if proxy is None:
    raise SystemExit(
        "The proxy is not installed. With Node.js 22 or newer: npm install --prefix "
        "deploy/jupyterhub"
    )
c.ConfigurableHTTPProxy.command = [proxy]

# --- Who may come in ----------------------------------------------------------------------------


def password(name: str) -> str:
    """The password kept in a file of the state folder; a new one where there is none."""
    file = STATE / name
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24) + "\n", encoding="utf-8")
    return file.read_text(encoding="utf-8").strip()


# One password for everybody, any user name: enough for a trial, because whoever knows it can log
# in under anybody's name. For a class: an authenticator that knows people, such as "pam" for
# accounts of this server, or oauthenticator for those of a school or company.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = password("class-password")
c.SharedPasswordAuthenticator.admin_password = password("instructor-password")
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {"instructor"}
# A user's name becomes a folder's name, so it must not be `..` or contain a slash.
c.Authenticator.username_pattern = r"[a-z0-9][a-z0-9._-]{0,39}\Z"

# --- The shared provider ------------------------------------------------------------------------

# A *managed service*: the hub starts it, and starts it again if it ends. It listens on this
# machine only, which is where the kernels are. For a class with DockerSpawner, whose kernels are
# in containers: the address of the containers' network, such as 172.17.0.1.
PROVIDER = f"127.0.0.1:{os.environ.get('WORKSHOP_PROVIDER_PORT', '8765')}"
SECRET_FILE = STATE / "class-secret"
SECRET = read_secret(SECRET_FILE)  # made at the first start, readable by the hub's user only

provider = {
    "name": "provider",
    "command": [
        sys.executable, "-m", "helpers.offline", "--listen", PROVIDER,
        "--secret", str(SECRET_FILE), "--home", str(STATE / "provider"),
    ],
    "cwd": str(STATE),
    # On most Linux systems: one heap for all its threads instead of one for each. In a single
    # trial, with one learner, it then kept little more than half of the memory.
    "environment": {"MALLOC_ARENA_MAX": "1"},
}  # fmt: skip


def token(spawner) -> str:
    """The token by which the provider knows whose files, jobs and models are asked for.

    It is computed when a server starts and kept nowhere. The id in it is a pseudonym, so that the
    provider's records name nobody.
    """
    user = spawner.user
    return token_for(SECRET, INSTRUCTOR if user.admin else learner_id(SECRET, user.name))


# --- One server for each user -------------------------------------------------------------------

# "simple" starts everybody's server as the user who runs the hub. Learners can then read each
# other's files and the class's secret: a trial, among people who trust each other.
# For a class, one of these, each of which also enforces the limits below:
#   c.JupyterHub.spawner_class = "systemdspawner.SystemdSpawner"  (jupyterhub-systemdspawner; the
#       hub runs as root, users have accounts on this server, and systemd holds the limits)
#   c.JupyterHub.spawner_class = "docker"  (dockerspawner; each server is a container of the image
#       of ../container, and the homes are volumes)
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(HOMES / "{username}")

c.Spawner.cmd = [sys.executable, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--LabApp.extension_manager=readonly"]  # the other kind asks the internet
c.Spawner.default_url = "/lab/tree/notebooks/00_start_here.ipynb"
# "simple" cannot enforce it. benchmarks/hub.py measures what a learner needs.
c.Spawner.mem_limit = "2G"
# When a whole class logs in at once, a server starts slowly: more patience than the usual 30 s.
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 180

# A function is called with the spawner when a server starts.
c.Spawner.environment = {
    "WORKSHOP_PROVIDER": f"http://{PROVIDER}",
    "WORKSHOP_TOKEN": token,
    "WORKSHOP_HOME": lambda spawner: str(HOMES / spawner.user.name / ".workshop"),
    # The cores are shared: more threads than one for a kernel only wait for each other.
    "OMP_NUM_THREADS": "1",
}


def lay_out_home(spawner) -> None:
    """Give a user a copy of each notebook that is not there yet; nothing is overwritten."""
    for folder in ("notebooks", "solutions"):
        target = HOMES / spawner.user.name / folder
        target.mkdir(parents=True, exist_ok=True)
        for notebook in (ROOT / folder).glob("*.ipynb"):
            if not (target / notebook.name).exists():
                shutil.copy(notebook, target)


c.Spawner.pre_spawn_hook = lay_out_home

# --- Servers that nobody uses -------------------------------------------------------------------

# After an hour without activity a server is stopped and its memory is free; files stay.
culler = {
    "name": "culler",
    "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=3600"],
}
c.JupyterHub.load_roles = [
    {
        "name": "culler",
        "services": ["culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    }
]

c.JupyterHub.services = [provider, culler]
