"""The hubs for a class: learners get a provider and a token of their own, and nobody's name.

The configurations are Python and are run here, without JupyterHub and without a cluster; the
provider is started as the hub starts it. benchmarks/hub.py runs a whole hub.
"""

import doctest
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import kubernetes_validate
import openai
import pytest
import yaml
from packaging.requirements import Requirement
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader
from waiting import PATIENCE, answer_of

from helpers.offline.tokens import learner_of, read_secret
from helpers.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
sys.path.insert(0, str(DEPLOY))

import learners  # noqa: E402
from learners import learner_id  # noqa: E402

VALUES = yaml.safe_load((DEPLOY / "kubernetes" / "values.yaml").read_text(encoding="utf-8"))
MANIFESTS = {
    manifest["kind"]: manifest
    for manifest in yaml.safe_load_all(
        (DEPLOY / "kubernetes" / "provider.yaml").read_text(encoding="utf-8")
    )
}
ADA = SimpleNamespace(user=SimpleNamespace(name="ada", admin=False))
TEACHER = SimpleNamespace(user=SimpleNamespace(name="instructor", admin=True))


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Config:
    """The configuration of the hub on one server, with a state folder of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("WORKSHOP_PROVIDER_PORT", str(free.getsockname()[1]))
    monkeypatch.setenv("WORKSHOP_HUB_STATE", str(tmp_path / "state"))
    proxy = tmp_path / "configurable-http-proxy"
    proxy.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    path = DEPLOY / "jupyterhub"
    return PyFileConfigLoader("jupyterhub_config.py", path=str(path)).load_config()


def environment(hub: Config, spawner: object) -> dict[str, str]:
    found = hub.Spawner.environment.items()
    return {name: value(spawner) if callable(value) else value for name, value in found}


def test_a_learner_id_is_stable_and_says_no_name():
    secret = "a secret of the class"
    ids = {name: learner_id(secret, name) for name in ("ada", "grace", "a.b", "o'brien", "ÅSA")}
    assert len(set(ids.values())) == len(ids)
    assert ids["ada"] == learner_id(secret, "ada") != learner_id("another one of a class", "ada")
    assert not any(name.lower() in found for name, found in ids.items())
    assert all(re.fullmatch(r"u-[a-z2-7]{16}", found) for found in ids.values())
    assert doctest.testmod(learners) == (0, 1)


def test_the_hub_gives_a_learner_a_token_that_the_provider_knows(hub, tmp_path):
    secret = read_secret(tmp_path / "state" / "class-secret")
    given = environment(hub, ADA)
    assert learner_of(secret, given["WORKSHOP_TOKEN"]) == learner_id(secret, "ada")
    assert learner_of(secret, environment(hub, TEACHER)["WORKSHOP_TOKEN"]) == "instructor"
    assert given["WORKSHOP_HOME"] == str(tmp_path / "state" / "homes" / "ada" / ".workshop")


def test_both_hubs_only_set_what_is_a_setting(hub):
    known = {field.validation_alias for field in Settings.model_fields.values()}
    names = {*hub.Spawner.environment, *cluster().KubeSpawner.environment}
    assert names == {name for name in names if name in known} | {"OMP_NUM_THREADS"}


@pytest.mark.skipif(os.name == "nt", reason="JupyterHub does not run on Windows")
def test_what_is_secret_can_be_read_by_the_hub_alone(hub, tmp_path):
    state = tmp_path / "state"
    assert state.stat().st_mode & 0o077 == 0
    files = ("class-secret", "class-password", "instructor-password")
    assert [(state / name).stat().st_mode & 0o077 for name in files] == [0, 0, 0]
    shared = hub.SharedPasswordAuthenticator
    assert len(shared.user_password) >= 8
    assert len(shared.admin_password) >= 32
    assert shared.user_password != shared.admin_password


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "../ada", "-x", "ada\n", "Ada", "x" * 41])
def test_a_user_name_that_is_no_folder_of_its_own_is_refused(hub, name):
    assert re.match(hub.Authenticator.username_pattern, name) is None


def test_a_home_gets_the_notebooks_once(hub, tmp_path):
    hub.Spawner.pre_spawn_hook(ADA)
    home = tmp_path / "state" / "homes" / "ada"
    for folder in ("notebooks", "solutions"):
        wanted = {path.name for path in (ROOT / folder).glob("*.ipynb")}
        assert {path.name for path in (home / folder).iterdir()} == wanted
    first = home / hub.Spawner.default_url.removeprefix("/lab/tree/")
    first.write_text("solved", encoding="utf-8")
    hub.Spawner.pre_spawn_hook(ADA)
    assert first.read_text(encoding="utf-8") == "solved"


def test_a_missing_proxy_is_told_in_one_sentence(hub, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(SystemExit, match="npm install --prefix"):
        PyFileConfigLoader(str(DEPLOY / "jupyterhub" / "jupyterhub_config.py")).load_config()


def test_the_provider_starts_as_the_hub_starts_it_and_asks_for_tokens(hub):
    (service,) = (found for found in hub.JupyterHub.services if found["name"] == "provider")
    given = environment(hub, ADA)
    process = subprocess.Popen(
        service["command"], cwd=service["cwd"], env=os.environ | service["environment"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        answer_of(given["WORKSHOP_PROVIDER"] + "/health", lambda: process.poll() is None)
        ask = openai.OpenAI(
            base_url=given["WORKSHOP_PROVIDER"] + "/v1", api_key=given["WORKSHOP_TOKEN"]
        )
        assert ask.models.list().data
        with pytest.raises(openai.AuthenticationError):
            ask.with_options(api_key=given["WORKSHOP_TOKEN"] + "x").models.list()
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_a_mounted_secret_is_read_and_nothing_is_written_beside_it(tmp_path):
    (tmp_path / "secret").write_text("a secret of the class\n", encoding="utf-8")
    assert read_secret(tmp_path / "secret") == "a secret of the class"
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


# --- Kubernetes ---------------------------------------------------------------------------------


def cluster(secret: str = "a secret of the class") -> Config:
    """What the Python code in values.yaml makes of the chart's configuration."""
    config = Config()
    config.KubeSpawner.environment = dict(VALUES["singleuser"]["extraEnv"])
    mounted = {
        Path(file["mountPath"]).stem: source
        for file, source in zip(VALUES["hub"]["extraFiles"].values(), set_files(), strict=True)
    }
    code = VALUES["hub"]["extraConfig"]["provider.py"]
    for module, source in mounted.items():
        assert f"from {module} import" in code
        sys.modules[module] = SimpleNamespace(**run_module(source))
    os.environ["CLASS_SECRET"] = secret + "\n"
    try:
        exec(compile(code, "provider.py", "exec"), {"c": config})
    finally:
        del os.environ["CLASS_SECRET"]
        del sys.modules["class_tokens"]
    return config


def set_files() -> list[Path]:
    """The files that the command at the head of values.yaml puts into the hub."""
    text = (DEPLOY / "kubernetes" / "values.yaml").read_text(encoding="utf-8")
    found = re.findall(r"--set-file hub\.extraFiles\.(\w+)\.stringData=(\S+)", text)
    assert [name for name, _ in found] == list(VALUES["hub"]["extraFiles"])
    return [ROOT / path for _, path in found]


def run_module(path: Path) -> dict[str, object]:
    """A module by itself, as the hub's image has it: only the standard library is at hand."""
    source = path.read_text(encoding="utf-8")
    imported = re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE)
    assert set(imported) <= set(sys.stdlib_module_names)
    names: dict[str, object] = {"__name__": path.stem}
    exec(compile(source, str(path), "exec"), names)
    return names


def test_the_cluster_gives_the_same_token_as_the_server(hub, tmp_path):
    secret = read_secret(tmp_path / "state" / "class-secret")
    given = cluster(secret).KubeSpawner.environment
    for spawner in (ADA, TEACHER):
        assert given["WORKSHOP_TOKEN"](spawner) == environment(hub, spawner)["WORKSHOP_TOKEN"]


def test_values_and_manifests_speak_of_the_same_things():
    pod = MANIFESTS["Deployment"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    image = VALUES["singleuser"]["image"]
    assert container["image"] == f"{image['name']}:{image['tag']}"

    service = MANIFESTS["Service"]
    (port,) = service["spec"]["ports"]
    address = f"http://{service['metadata']['name']}:{port['port']}"
    assert cluster().KubeSpawner.environment["WORKSHOP_PROVIDER"] == address
    assert service["spec"]["selector"] == pod["metadata"]["labels"]

    (out,) = VALUES["singleuser"]["networkPolicy"]["egress"]
    assert out["to"][0]["podSelector"]["matchLabels"] == pod["metadata"]["labels"]
    (into,) = MANIFESTS["NetworkPolicy"]["spec"]["ingress"]
    assert into["from"][0]["podSelector"]["matchLabels"] == VALUES["singleuser"]["extraLabels"]
    ports = {out["ports"][0]["port"], into["ports"][0]["port"], port["port"]}
    assert ports == {container["ports"][0]["containerPort"]}

    reference = VALUES["hub"]["extraEnv"]["CLASS_SECRET"]["valueFrom"]["secretKeyRef"]
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    assert volumes["class"]["secret"]["secretName"] == reference["name"]
    folder = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}["class"]
    arguments = container["args"]
    assert arguments[arguments.index("--secret") + 1] == f"{folder}/{reference['key']}"


def test_the_manifests_fit_the_schemas_of_kubernetes():
    for manifest in MANIFESTS.values():
        kubernetes_validate.validate(manifest, "1.37", strict=True)


# --- The container ------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="hadolint has no package for Windows")
def test_the_dockerfile_passes_its_linter():
    linter = Path(sys.executable).with_name("hadolint")
    dockerfile = DEPLOY / "container" / "Dockerfile"
    result = subprocess.run([linter, dockerfile], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_the_builder_is_sent_everything_that_the_dockerfile_copies():
    text = (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8")
    sent = (DEPLOY / "container" / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    allowed = {line[1:] for line in sent.splitlines() if line.startswith("!")}
    for line in re.findall(r"^COPY (.*)", text, re.MULTILINE):
        for name in [word for word in line.split() if not word.startswith("--")][:-1]:
            assert (ROOT / name).exists()
            assert Path(name).parts[0] in allowed


def test_the_container_has_the_version_of_the_hub_on_one_server():
    text = (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8")
    version = re.search(r"^ARG JUPYTERHUB=(.*)", text, re.MULTILINE)[1]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [Requirement(line) for line in project["dependency-groups"]["deploy"]]
    (hub,) = (requirement for requirement in wanted if requirement.name == "jupyterhub")
    assert hub.specifier.contains(version)


def test_the_container_does_not_run_as_root():
    text = (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8")
    user = re.findall(r"^USER (.*)", text, re.MULTILINE)[-1]
    assert user == "1000"
    assert f"--uid {user} " in text
    pod = MANIFESTS["Deployment"]["spec"]["template"]["spec"]["securityContext"]
    assert (pod["runAsNonRoot"], str(pod["runAsUser"])) == (True, user)
    home = VALUES["singleuser"]["storage"]["homeMountPath"]
    assert f"WORKSHOP_HOME={home}/" in text
    assert VALUES["hub"]["config"]["KubeSpawner"]["notebook_dir"] == home
