"""Reads [{op, bits, args, values}] from stdin and writes, for each, how far the values are from the truth.

Numbers come as text that float() reads. The distance is in units in the last place of the exact result (of the smallest
subnormal number below it), computed by mpmath with 40 digits and more; an infinity counts as the first number that is
too large. The answer for each is [distance, the arguments that gave it].
"""
import json
import sys

import mpmath
from mpmath import mp, mpf

mp.prec = 140
two = mpf(2)


def log1p(x):
    return mpmath.log1p(x)


def erfc(x):
    # far beyond what a float64 holds
    return mpf(0) if x > 40 else mpmath.erfc(x)


def log_gamma(x):
    if x == mpmath.floor(x) and x <= 0:
        return mpmath.inf
    return mpmath.re(mpmath.loggamma(x))


def gamma(x):
    if x == 0:
        return mpmath.inf
    if x == mpmath.floor(x) and x < 0:
        return mpmath.nan
    # far beyond what a float64 holds
    if x > 300:
        return two**2000
    if x < -300:
        return mpf(0)
    return mpmath.gamma(x)


functions = {
    "erfc": erfc,
    "gamma": gamma,
    "logGamma": log_gamma,
    "exp": mpmath.exp,
    "exp2": lambda x: two**x,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "log10": lambda x: mpmath.log(x) / mpmath.log(10),
    "log1p": log1p,
    "pow": lambda x, y: mpmath.power(x, y),
    "hypot": lambda x, y: mpmath.sqrt(x * x + y * y),
    "atan2": mpmath.atan2,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
}


def exact(op, args):
    f = functions.get(op) or getattr(mpmath, op)
    # Where a result is small beside its argument, a fixed number of digits is not enough.
    saved = mp.prec
    mp.prec = 140 + 2 * max(abs(mpmath.mag(x)) if x else 0 for x in args) if op in ("sin", "cos", "tan", "sinh", "tanh", "asinh", "atanh", "cosh", "acosh", "acos", "expm1", "log1p", "hypot") else 260
    try:
        return +f(*args)
    finally:
        mp.prec = saved


def scale(op, args, truth):
    """What errors are measured by if not by the truth: logGamma crosses 0 between its poles."""
    if op != "logGamma" or args[0] >= 0 or mpmath.isinf(truth):
        return truth
    return max(abs(truth), abs(log_gamma(-args[0])), mpf(1))


def distance(value, truth, yardstick, digits, low, high):
    if isinstance(truth, mpmath.mpc):
        if truth.imag != 0:
            return 0.0 if value != value else float("inf")
        truth = truth.real
    if mpmath.isnan(truth):
        return 0.0 if value != value else float("inf")
    if mpmath.isinf(truth):
        return 0.0 if value == truth else float("inf")
    if value != value:
        return float("inf")
    if value in (float("inf"), -float("inf")):
        value = mpmath.sign(value) * two**high
        if abs(truth) >= two**high and mpmath.sign(truth) == mpmath.sign(value):
            return 0.0
    size = mpmath.mag(yardstick) - 1 if truth else low
    unit = two ** (max(size, low) - digits + 1)
    return float(abs(mpf(value) - truth) / unit)


answers = []
for question in json.load(sys.stdin):
    shape = (53, -1022, 1024) if question["bits"] == 64 else (24, -126, 128)
    worst = [0.0, []]
    for args, value in zip(question["args"], question["values"]):
        args = [float(x) for x in args]
        truth = exact(question["op"], [mpf(x) for x in args])
        found = distance(float(value), truth, scale(question["op"], args, truth), *shape)
        if found > worst[0]:
            worst = [found, args]
    answers.append(worst)
json.dump([[str(found), [str(x) for x in args]] for found, args in answers], sys.stdout)
