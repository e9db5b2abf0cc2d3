"""Medians, and intervals that hold whatever the distribution of the times: between order statistics, whose coverage is
binomial."""
import math
import statistics

CONFIDENCE = 0.95


def interval_of_median(values):
    """The narrowest pair of order statistics, as far from one end as from the other, that holds the median with at
    least CONFIDENCE; with five values or fewer there is none, and the extremes are given."""
    ordered = sorted(values)
    count = len(ordered)
    below = 0
    while below + 1 < (count + 1) // 2:
        missed = 2 * sum(math.comb(count, i) for i in range(below + 2)) / 2**count
        if 1 - missed < CONFIDENCE:
            break
        below += 1
    return [ordered[below], ordered[-1 - below]]


def summary(values):
    return {"median": statistics.median(values), "interval": interval_of_median(values), "minimum": min(values)}


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))
