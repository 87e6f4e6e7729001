"""What a test run cost and left out: a table out of the reports that pytest writes."""

import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

SHOWN = 10  # test files in the table


@dataclass
class Report:
    """Of one run: seconds by file, the work of both workers, and the reasons of its skips."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    skips: Counter[str] = field(default_factory=Counter)


def read_report(path: Path) -> Report:
    """Read the XML that pytest writes with `--junitxml`; an empty report where there is none."""
    report = Report()
    if not path.exists():
        return report
    for case in ElementTree.parse(path).iter("testcase"):
        file = file_of(case.get("classname", ""))
        report.seconds[file] += float(case.get("time", "0"))
        for skip in case.iter("skipped"):
            known = "known to fail, " * (skip.get("type") == "pytest.xfail")
            report.skips[f"{file}: {known}{skip.get('message', '')}"] += 1
    return report


def file_of(class_name: str) -> str:
    """The file of a test, of the name of its class as pytest reports it.

    >>> file_of("tests.offline.test_tuning.TestFiles"), file_of("solutions.01_search.ipynb")
    ('tests/offline/test_tuning.py', 'solutions/01_search.ipynb')
    """
    names = class_name.split(".")
    if names[-1] == "ipynb":
        return "/".join(names[:-1]) + ".ipynb"
    return "/".join(name for name in names if not name[:1].isupper()) + ".py"


def slowest(report: Report) -> list[tuple[str, float]]:
    """Files with their seconds, the slowest first."""
    return sorted(report.seconds.items(), key=lambda item: -item[1])


def timetable(parts: dict[str, float], unit: Report, strict: Report, lax: Report) -> str:
    """Everything as text: parts, slowest files, notebooks in both editions, skips."""
    lines = ["", "seconds, by part"]
    lines += [f"{seconds:>8.0f}  {name}" for name, seconds in parts.items()]
    lines += ["", f"seconds, the {SHOWN} slowest test files (two run at a time)"]
    lines += [f"{seconds:>8.0f}  {name}" for name, seconds in slowest(unit)[:SHOWN]]
    lines += ["", "seconds, each notebook: strict, lax"]
    for name, seconds in slowest(strict):
        lesson = Path(name).name
        lines.append(f"{seconds:>8.0f}{lax.seconds[f'notebooks/{lesson}']:>6.0f}  {lesson}")
    skips = unit.skips + strict.skips + lax.skips
    lines += ["", f"tests skipped or known to fail: {skips.total()}"]
    lines += [f"{count:>8}  {reason}" for reason, count in sorted(skips.items())]
    return "\n".join(lines)
