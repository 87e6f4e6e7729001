"""What a validator found, as data, as text, and as a table."""

from collections import Counter
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from helpers.json_lines import LineKind
from helpers.notebook_html import without_mathematics
from helpers.theme import BAD, NOTE

FileKind = Literal[
    "empty_file",
    "file_too_large",
    "byte_order_mark",
    "utf16",
    "json_array",
    "pretty_printed",
    "too_few_examples",
    "one_answer",
    "nothing_to_learn",
    "duplicate",
    "conflict",
    "leakage",
    "unknown_label",
    "space_around_answer",
    "imbalance",
    "over_long",
    "system_not_first",
]
Kind = LineKind | FileKind
Level = Literal["error", "warning"]
SHOWN = 20  # findings of one kind that are kept; of the others only the number


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. Line 0 means the file as a whole."""

    line: int
    kind: Kind
    level: Level
    message: str
    fix: str


@dataclass(slots=True)
class Report:
    """Everything found in one file.

    `examples` counts good lines, `answers` what they end with: the assistant's text and the tools
    that it calls (the first thousand different ones), and `counts` how often each kind of finding
    occurred.
    """

    name: str
    examples: int = 0
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[Kind] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def ok(self) -> bool:
        """Whether a service would take the file: there are no errors, warnings aside."""
        return all(finding.level != "error" for finding in self.findings)

    def add(self, finding: Finding) -> None:
        self.counts[finding.kind] += 1
        if self.counts[finding.kind] <= SHOWN:
            self.findings.append(finding)

    def summary(self) -> str:
        errors = {f.kind for f in self.findings if f.level == "error"}
        wrong = sum(self.counts[kind] for kind in errors)
        warned = sum(self.counts.values()) - wrong
        state = "ready" if self.ok else "NOT ready"
        return f"{self.name}: {state}, {self.examples} examples, {wrong} errors, {warned} warnings"

    def __repr__(self) -> str:
        lines = [self.summary()]
        for kind, count in self.counts.items():
            first = next(f for f in self.findings if f.kind == kind)
            mark = "✗" if first.level == "error" else "○"
            where = f"line {first.line}: " if first.line else ""
            lines += [f"{mark} {kind} × {count}", f"    {where}{first.message}",
                      f"    → {first.fix}"]  # fmt: skip
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td style="color:{BAD if f.level == "error" else NOTE}">'
            f"{'✗' if f.level == 'error' else '○'}</td><td>{f.line or 'file'}</td>"
            f'<th scope="row" style="text-align:left">{f.kind}</th>'
            f'<td style="text-align:left">{escape(f.message)}<br>→ {escape(f.fix)}</td></tr>'
            for f in self.findings
        )
        head = "<tr><th></th><th>line</th><th>finding</th><th>what and what to do</th></tr>"
        more = sum(self.counts.values()) - len(self.findings)
        left = f"<p>and {more} more of the same kinds</p>" if more else ""
        table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>" if rows else ""
        return without_mathematics(f"<p>{escape(self.summary())}</p>{table}{left}")
