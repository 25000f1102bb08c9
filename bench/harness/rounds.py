"""Rounds: variants are measured in turns, in changing order, and summed up by medians, so that what drifts (frequency,
neighbours, caches) meets all of them alike."""
import math
import os
import statistics
from collections.abc import Callable


def quick() -> bool:
    """Whether the front was called with --quick: a benchmark then runs the fewest rounds that show that it runs."""
    return os.environ.get("SLUICE_QUICK") == "1"


def interleave(variants: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Calls every variant once a round; the order turns from round to round. One sample a call, by variant."""
    samples: dict[str, list[float]] = {name: [] for name in variants}
    names = list(variants)
    for turn in range(rounds):
        shift = turn % len(names)
        order = names[shift:] + names[:shift]
        for name in order if turn % 2 == 0 else reversed(order):
            samples[name].append(variants[name]())
    return samples


def median(samples: list[float]) -> float:
    return statistics.median(samples)


def spread(samples: list[float]) -> float:
    """Half of the distance between the quartiles: what a median is quoted with."""
    if len(samples) < 2:
        return 0.0
    low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
    return (high - low) / 2


def percentile(samples: list[float], part: float) -> float:
    """The smallest sample that at least `part` (0..1) of all do not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def paired_ratio(ours: list[float], peers: list[float]) -> tuple[float, float, float]:
    """Median of the ratios round by round, and the ends of its 95 % interval, by order statistics of the binomial
    distribution, so without any assumption about the noise. Fewer than 6 rounds: the interval is all that was seen."""
    ratios = sorted(a / b for a, b in zip(ours, peers, strict=True))
    count = len(ratios)
    tail, rank = 0.0, 0
    while rank < count // 2:
        tail += math.comb(count, rank) / 2**count
        if tail > 0.025:
            break
        rank += 1
    low = max(rank - 1, 0)
    return statistics.median(ratios), ratios[low], ratios[count - 1 - low]


def cpu_seconds_of_machine() -> float:
    """CPU time that the whole machine has spent so far (user, nice, system, irq, softirq, steal left out)."""
    with open("/proc/stat") as stat:
        fields = [int(field) for field in stat.readline().split()[1:]]
    user, nice, system, _idle, _iowait, irq, softirq = fields[:7]
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")
