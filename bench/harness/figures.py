"""Figures: the rows that a benchmark writes, the checks that the front puts them to, the table that a person reads."""
import json
import math
import os
import pathlib

KEYS = ("name", "value", "unit", "better", "peer", "peer_value", "ratio", "goal", "pass")
PEERS = ("limit", "forwarding", "nftables", "nginx", "haproxy", "envoy", "katran")


class BadFigure(Exception):
    """A row that says less or more than the format allows."""


class Figures:
    """Collects rows; write() hands them to the front.

        figures = Figures("l4-ns")
        figures.add("tc-tcp4-established-1flow-net", 38.1, "ns", peer="limit", peer_value=21.0, goal=2.0)
    """

    def __init__(self, bench: str):
        self.bench = bench
        self.rows: list[dict] = []

    def add(self, case: str, value: float, unit: str, *, better: str = "lower", peer: str | None = None,
            peer_value: float | None = None, goal: float | None = None, judged: float | None = None) -> None:
        """goal: with a peer an upper bound of the ratio, without one a bound of the value.
        judged: what is held against the goal instead (the lower end of a ratio's interval)."""
        row = {"name": f"{self.bench}/{case}", "value": value, "unit": unit, "better": better, "peer": peer,
               "peer_value": peer_value, "goal": goal}
        if judged is not None:
            row["judged"] = judged
        self.rows.append(row)

    def write(self) -> None:
        path = os.environ.get("SLUICE_FIGURES")
        text = json.dumps(self.rows, indent=2)
        if path:
            pathlib.Path(path).write_text(text)
        else:
            print(text)


def ratio_of(row: dict) -> float | None:
    """Ours to the peer's, below 1 when ours is better; None without a peer or with a zero to divide by."""
    value, peer_value = row["value"], row.get("peer_value")
    if peer_value is None:
        return None
    over, under = (value, peer_value) if row["better"] == "lower" else (peer_value, value)
    return over / under if under else None


def is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def require(condition: bool, row: dict, what: str) -> None:
    if not condition:
        raise BadFigure(f"{row.get('name', row)}: {what}")


def passes(row: dict, judged: float | None) -> bool | None:
    """None where there is no goal. A goal whose figure is missing is not met."""
    goal = row.get("goal")
    if goal is None:
        return None
    if row["peer"] is not None:
        figure = judged if judged is not None else row["ratio"]
        return figure is not None and figure <= goal
    figure = judged if judged is not None else row["value"]
    return figure <= goal if row["better"] == "lower" else figure >= goal


def checked(row: dict, bench: str) -> dict:
    """The row with exactly the keys of the format, ratio and pass filled in. Raises BadFigure."""
    require(isinstance(row, dict) and isinstance(row.get("name"), str), row, "is no row with a name")
    unknown = set(row) - set(KEYS) - {"judged"}
    require(not unknown, row, f"unknown keys {sorted(unknown)}")
    require(row["name"].startswith(bench + "/") and len(row["name"]) > len(bench) + 1, row, f"must begin with {bench}/")
    require(is_number(row.get("value")), row, "value is no finite number")
    require(isinstance(row.get("unit"), str) and row["unit"] != "", row, "has no unit")
    require(row.get("better") in ("lower", "higher"), row, "better is lower or higher")
    out = {key: row.get(key) for key in KEYS}
    require((out["peer"] is None) == (out["peer_value"] is None), row, "peer and peer_value come together")
    require(out["peer"] is None or out["peer"] in PEERS, row, f"peer is one of {', '.join(PEERS)}")
    for key in ("peer_value", "goal"):
        require(out[key] is None or is_number(out[key]), row, f"{key} is no finite number")
    require(row.get("judged") is None or is_number(row["judged"]), row, "judged is no finite number")
    out["ratio"] = ratio_of(out)
    out["pass"] = passes(out, row.get("judged"))
    return out


def check_names(rows: list[dict]) -> None:
    seen = set()
    for row in rows:
        require(row["name"] not in seen, row, "stands twice")
        seen.add(row["name"])
    if not rows:
        raise BadFigure("no figures at all")


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def goal_text(row: dict) -> str:
    if row["goal"] is None:
        return "-"
    if row["peer"] is not None:
        return f"ratio <= {number(row['goal'])}"
    return f"{'<=' if row['better'] == 'lower' else '>='} {number(row['goal'])}"


def table(rows: list[dict]) -> str:
    head = ["NAME", "VALUE", "UNIT", "BETTER", "PEER", "PEER VALUE", "RATIO", "GOAL", "PASS"]
    cells = [[row["name"], number(row["value"]), row["unit"], row["better"], row["peer"] or "-",
              number(row["peer_value"]), "-" if row["ratio"] is None else f"{row['ratio']:.3f}", goal_text(row),
              {True: "yes", False: "NO", None: "-"}[row["pass"]]] for row in rows]
    widths = [max(len(line[i]) for line in [head, *cells]) for i in range(len(head))]
    return "\n".join("   ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in [head, *cells])
