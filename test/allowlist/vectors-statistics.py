"""Works out with Python's statistics and with scipy what their stand-in must give.

Run as `/usr/bin/python3 test/allowlist/vectors-statistics.py > test/allowlist/vectors-statistics.json`
with Python 3.11 and Debian's python3-scipy (1.10). The tests only read the JSON.
"""

import json
import math
import statistics

from scipy import stats

LISTS = {
    "few": [3, 1, 4, 1, 5, 9, 2, 6],
    "odd": [2.5, -1, 0.25, 7, 3],
    "two": [1.5, 4],
    "one": [42],
    "same": [7, 7, 7],
    "ties": [1, 2, 2, 3, 3, 3, 10, 10, 0.5],
    "far": [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16],
    "wide": [1e16, 1, -1e16, 2.5, 1e-3],
    "tenths": [0.1] * 10,
    "x": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    "y": [2.1, 3.9, 6.2, 7.8, 10.1, 12.2, 13.8, 16.1, 18.0, 20.2],
    "z": [5, 3, 8, 1, 9, 2, 7, 7, 4, 6],
    "heights": [169.1, 172.4, 181, 158.6, 166.6, 175.2, 190.3, 163],
    "others": [159.2, 162.5, 171.1, 149.9, 155],
}

ROWS = []


def row(js, value):
    ROWS.append({"js": js, "value": plain(value)})


def plain(value):
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    value = float(value)
    return value if math.isfinite(value) else str(value)


for name, values in LISTS.items():
    for of in ("mean", "fmean", "median", "median_low", "median_high", "mode", "multimode", "pstdev", "pvariance"):
        row(f"s.{of}({name})", getattr(statistics, of)(values))
    if min(values) > 0:
        row(f"s.geometric_mean({name})", statistics.geometric_mean(values))
        row(f"s.harmonic_mean({name})", statistics.harmonic_mean(values))
    row(f"s.rankdata({name})", stats.rankdata(values))
    if len(values) < 2:
        continue
    row(f"s.stdev({name})", statistics.stdev(values))
    row(f"s.sampleVariance({name})", statistics.variance(values))
    for n in (1, 2, 4, 7, 10):
        for method in ("exclusive", "inclusive"):
            row(f"s.quantiles({name}, {{ n: {n}, method: '{method}' }})", statistics.quantiles(values, n=n, method=method))
    if len(set(values)) == 1:
        continue
    row(f"s.zscore({name})", stats.zscore(values))
    row(f"s.zscore({name}, {{ ddof: 1 }})", stats.zscore(values, ddof=1))
    # Of the skew of this list, 0 but for rounding, no digit is right.
    if name != "wide":
        row(f"s.skew({name})", stats.skew(values))
    row(f"s.kurtosis({name})", stats.kurtosis(values))
    row(f"s.kurtosis({name}, {{ fisher: false }})", stats.kurtosis(values, fisher=False))
    if len(values) > 3 and name != "wide":
        row(f"s.skew({name}, {{ bias: false }})", stats.skew(values, bias=False))
        row(f"s.kurtosis({name}, {{ bias: false }})", stats.kurtosis(values, bias=False))
    for mean in (0, 1.5, 170, statistics.mean(values) + 0.125):
        made = stats.ttest_1samp(values, mean)
        row(f"s.ttest_1samp({name}, {mean!r})", {"statistic": made.statistic, "pvalue": made.pvalue, "df": made.df})

row("s.harmonic_mean([0, 1])", 0)
row("s.mean([true, false, true])", statistics.mean([True, False, True]))

for a, b in (("x", "y"), ("x", "z"), ("y", "z"), ("z", "x")):
    one, other = LISTS[a], LISTS[b]
    row(f"s.covariance({a}, {b})", statistics.covariance(one, other))
    row(f"s.correlation({a}, {b})", statistics.correlation(one, other))
    row(f"s.linear_regression({a}, {b})", statistics.linear_regression(one, other)._asdict())
    row(f"s.linear_regression({a}, {b}, {{ proportional: true }})", statistics.linear_regression(one, other, proportional=True)._asdict())
    for of in ("pearsonr", "spearmanr"):
        made = getattr(stats, of)(one, other)
        row(f"s.{of}({a}, {b})", {"statistic": made.statistic, "pvalue": made.pvalue})
    made = stats.linregress(one, other)
    row(f"s.linregress({a}, {b})", {**made._asdict(), "intercept_stderr": made.intercept_stderr})
row("s.pearsonr([1, 2], [3, 5])", {"statistic": 1, "pvalue": 1})
row("s.pearsonr(x, x)", {"statistic": 1, "pvalue": 0})

for a, b in (("heights", "others"), ("x", "z"), ("few", "odd"), ("heights", "x")):
    for equal in (True, False):
        made = stats.ttest_ind(LISTS[a], LISTS[b], equal_var=equal)
        n, m = len(LISTS[a]), len(LISTS[b])
        v, w = statistics.variance(LISTS[a]) / n, statistics.variance(LISTS[b]) / m
        df = n + m - 2 if equal else (v + w) ** 2 / (v * v / (n - 1) + w * w / (m - 1))
        row(f"s.ttest_ind({a}, {b}, {{ equal_var: {str(equal).lower()} }})", {"statistic": made.statistic, "pvalue": made.pvalue, "df": df})

for mu, sigma in ((0, 1), (100, 15), (-3.5, 0.01)):
    dist = statistics.NormalDist(mu, sigma)
    for z in (-12, -5, -2.9, -2.8, -1, -0.1, 0, 0.3, 1, 1.99, 2.83, 4, 8):
        x = mu + z * sigma
        for of in ("cdf", "pdf", "zscore"):
            # Of the tail below, scipy knows all digits.
            value = float(stats.norm.cdf(x, mu, sigma)) if of == "cdf" else getattr(dist, of)(x)
            row(f"s.NormalDist({mu}, {sigma}).{of}({x!r})", value)
    for p in (1e-12, 0.001, 0.025, 0.3, 0.5, 0.77, 0.975, 0.9999, 0.999999999999):
        row(f"s.NormalDist({mu}, {sigma}).inv_cdf({p})", dist.inv_cdf(p))

# What is the package's own: beside its functions of another name, the same numbers.
row("s.sum(tenths)", math.fsum(LISTS["tenths"]))
row("s.sampleStandardDeviation(few)", statistics.stdev(LISTS["few"]))
row("s.standardDeviation(few)", statistics.pstdev(LISTS["few"]))
row("s.sampleCorrelation(x, z)", statistics.correlation(LISTS["x"], LISTS["z"]))
row("s.linearRegression([[0, 1], [1, 3], [2, 5]])", {"m": 2, "b": 1})
row("s.rootMeanSquare(few)", math.sqrt(sum(value * value for value in LISTS["few"]) / 8))
row("s.extent(few)", [1, 9])

print(json.dumps({"lists": LISTS, "rows": ROWS}))
