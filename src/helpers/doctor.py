"""Is this machine ready, and who answers? `python -m helpers.doctor` prints one table.

Each line is a fact that was looked up or computed just now; each red line says how to mend
it. Nothing is sent anywhere, except that with a key Anthropic is asked for the model's name.
"""

import importlib.metadata
import platform
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

from helpers.clients import anthropic_client, who_answers, who_trains
from helpers.console import run
from helpers.data import DataError, load_handbook
from helpers.failures import explain
from helpers.model_files import ModelFilesError, model_folder, verify
from helpers.notebook_html import without_mathematics
from helpers.redaction import redact
from helpers.settings import ROOT, Settings, SettingsError, get_settings
from helpers.theme import BAD, GOOD, NOTE

if TYPE_CHECKING:
    from anthropic import Anthropic

Status = Literal["ok", "note", "problem"]
MARKS: dict[Status, str] = {"ok": "✓", "note": "○", "problem": "✗"}
SETTING = "docs/troubleshooting.md#a-setting-has-a-wrong-value"
COLOURS: dict[Status, str] = {"ok": GOOD, "note": NOTE, "problem": BAD}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table; `fix` says what to do about a problem, and `more` where to read on."""

    what: str
    status: Status
    found: str
    fix: str = ""
    more: str = ""

    @property
    def way_out(self) -> str:
        return " ".join(filter(None, [self.fix, self.more and f"More: {self.more}"]))


class Report:
    """All findings, printed as text and shown as a table in a notebook."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings

    @property
    def ready(self) -> bool:
        return all(finding.status != "problem" for finding in self.findings)

    def __repr__(self) -> str:
        width = max(len(finding.what) for finding in self.findings)
        lines = []
        for finding in self.findings:
            lines.append(f"{MARKS[finding.status]} {finding.what:<{width}}  {finding.found}")
            if finding.way_out:
                lines.append(f"  {'':<{width}}  → {finding.way_out}")
        return "\n".join([*lines, "", self.summary()])

    def summary(self) -> str:
        if self.ready:
            return "Ready. No key and no network are needed."
        return "Not ready yet: mend the lines with ✗, then run this again."

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="color:{COLOURS[f.status]};font-weight:bold">{MARKS[f.status]}</td>'
            f'<th scope="row" style="text-align:left">{escape(f.what)}</th>'
            f'<td style="text-align:left">{escape(f.found)}'
            f"{'<br>→ ' + escape(f.way_out) if f.way_out else ''}</td></tr>"
            for f in self.findings
        )
        return without_mathematics(
            f"<table><tbody>{rows}</tbody></table><p>{escape(self.summary())}</p>"
        )


def preflight() -> Report:
    """Look at everything the workshop needs."""
    looks: list[Callable[[], Finding]] = [
        python, packages, weights, handbook, answers, fine_tuning, memory, disk
    ]  # fmt: skip
    return Report([look() for look in looks])


def python() -> Finding:
    found = f"{platform.python_version()} on {platform.system()}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("Python", "ok", found)
    return Finding(
        "Python", "problem", found, "Use Python 3.11, 3.12 or 3.13: `make install`.",
        "docs/troubleshooting.md#python-is-missing-or-too-new",
    )  # fmt: skip


def packages() -> Finding:
    """Compare what is installed with requirements.lock."""
    wanted = locked_versions()
    wrong = []
    for name in ("anthropic", "openai", "sentence-transformers", "torch", "jupyterlab", "numpy"):
        try:
            version = importlib.metadata.version(name).split("+")[0]
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{name} is missing")
            continue
        if version not in wanted[name]:
            wrong.append(f"{name} {version} is not {' or '.join(wanted[name])}")
    if wrong:
        return Finding(
            "Packages", "problem", "; ".join(wrong), "Run `make install`.",
            "docs/troubleshooting.md#packages-are-missing-or-others",
        )  # fmt: skip
    return Finding("Packages", "ok", "the versions of requirements.lock")


def locked_versions() -> dict[str, list[str]]:
    """Every version that requirements.lock allows for a package, by name."""
    versions: dict[str, list[str]] = {}
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.M):
        versions.setdefault(name, []).append(version)
    return versions


def weights() -> Finding:
    try:
        verify(model_folder())
    except ModelFilesError as error:
        found, _, fix = str(error).partition(". ")
        more = "docs/troubleshooting.md#the-embedding-model-is-missing-or-changed"
        return Finding("Embedding model", "problem", found, fix, more)
    return Finding("Embedding model", "ok", "all-MiniLM-L6-v2, weights verified by SHA-256")


def handbook() -> Finding:
    try:
        pages = load_handbook()
    except DataError as error:
        return Finding(
            "Handbook", "problem", str(error), "Restore it: `git checkout data`.",
            "docs/troubleshooting.md#a-file-of-the-workshop-is-missing-or-changed",
        )  # fmt: skip
    return Finding("Handbook", "ok", f"{len(pages)} pages")


def answers() -> Finding:
    """Who answers messages: a service, or the embedded provider."""
    try:
        settings = get_settings()
    except SettingsError as error:
        return Finding("Who answers", "problem", str(error), "See .env.example.", SETTING)
    if settings.claude_is_live:
        return claude(settings)
    if settings.shared_provider:
        return shared(settings)
    fix = "For Claude's answers put ANTHROPIC_API_KEY into .env (optional)."
    return Finding("Who answers", "note", who_answers(settings), fix)


def shared(settings: Settings) -> Finding:
    """Ask the class's provider whether it lets this learner in."""
    try:
        anthropic_client().with_options(max_retries=0, timeout=10).models.list(limit=1)
    except Exception as error:  # whatever goes wrong at a service is worth a line
        found = explain(error, "anthropic", settings) or f"an answer that nobody can read: {error}"
        return Finding("Who answers", "problem", redact(found, *settings.secrets()))
    return Finding("Who answers", "ok", who_answers(settings))


def claude(settings: Settings) -> Finding:
    """Ask the service whether it has the model, and for how long it will."""
    import anthropic

    what, model = "Who answers", settings.claude_model
    client = anthropic_client().with_options(max_retries=0, timeout=10)
    try:
        info = client.models.retrieve(model)
        state = getattr(info, "lifecycle", "unknown")
    except anthropic.NotFoundError:
        state = "gone"
    except Exception as error:  # whatever goes wrong at a service is worth a line
        found = explain(error, "anthropic", settings) or f"an answer that nobody can read: {error}"
        more = "docs/troubleshooting.md#a-service-does-not-answer"
        return Finding(what, "problem", redact(found, *settings.secrets()), more=more)
    if state == "active":
        return Finding(what, "ok", who_answers(settings))
    if state == "deprecated":
        until = f" and ends {info.retires_at:%d %B %Y}" if info.retires_at else ""
        found = f"{who_answers(settings)}; this model is deprecated{until}"
        return Finding(what, "note", found, f"{_current(client, info.line)}.")
    if settings.anthropic_base_url:  # other servers keep other lists, or none
        found = f"{who_answers(settings)}; it does not list a model of that name"
        return Finding(what, "note", found, "Set WORKSHOP_CLAUDE_MODEL to one that it has.")
    found = f"{model} is not offered (any more)"
    return Finding(what, "problem", found, f"{_current(client, model)}.")


def _current(client: "Anthropic", like: str | None) -> str:
    """What to set: the newest active model of the same line, as far as the service says."""
    try:
        active = [m for m in client.models.list(limit=100) if m.lifecycle == "active"]
        same = [m for m in active if m.line and like and m.line in like] or active
        newest = max(same, key=lambda m: m.created_at)
    except Exception:  # advice is not worth a failure
        return "Set WORKSHOP_CLAUDE_MODEL to a current model"
    return f"Set WORKSHOP_CLAUDE_MODEL={newest.id}"


def fine_tuning() -> Finding:
    try:
        return Finding("Who trains", "ok", who_trains())
    except SettingsError as error:
        return Finding("Who trains", "problem", str(error), "See .env.example.", SETTING)


def memory() -> Finding:
    import psutil

    free = psutil.virtual_memory().available / 2**30
    if free < 1.5:
        fix = "Close other programs; a kernel here needs about 1.5 GiB."
        more = "docs/troubleshooting.md#memory-runs-out"
        return Finding("Memory", "problem", f"{free:.1f} GiB free", fix, more)
    return Finding("Memory", "ok", f"{free:.0f} GiB free")


def disk() -> Finding:
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < 1:
        fix, more = "Free 1 GB for caches and models.", "docs/troubleshooting.md#disk-full"
        return Finding("Disk", "problem", f"{free:.1f} GB free", fix, more)
    return Finding("Disk", "ok", f"{free:.0f} GB free")


def main() -> int:
    report = preflight()
    print(report)
    return 0 if report.ready else 1


if __name__ == "__main__":
    sys.exit(run(main))
