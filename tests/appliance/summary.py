"""The results as a page of Markdown (docs/appliance-tests.md is made of these)."""

from __future__ import annotations

from typing import Any


def markdown(result: dict[str, Any]) -> str:
    """The page of one `result.json`."""
    commit = result["commit"] + (" with changes" if result["changed"] else "")
    passed = sum(each["passed"] for each in result["scenarios"])
    lines = [
        f"## {result['arch']}: {passed} of {len(result['scenarios'])} passed",
        "",
        f"{result['date']}, commit `{commit}`, `{result['image']}` (SHA-256 `{result['sha256']}`).",
        "",
        "| scenario | came out | s | figures |",
        "|---|---|---|---|",
    ]
    for each in result["scenarios"]:
        figures = "; ".join(f"{_cell(what)}: {_cell(value)}" for what, value in each["figures"].items())
        verdict = "passed" if each["passed"] else f"**failed**: {_cell(each['trouble'])}"
        lines.append(f"| `{each['name']}` | {verdict} | {each['seconds']:.0f} | {figures} |")
    lines += ["", "What each one is:", ""]
    lines += [f"- `{each['name']}`: {' '.join(each['about'].split())}" for each in result["scenarios"]]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
