"""Reads [{op, bits, args, values}] from stdin and writes, for each list of values, how far they are from the truth.

Numbers come as text that float() reads. The distance is in units in the last place of the exact result (of the smallest
subnormal number below it), computed by mpmath with 40 digits and more; an infinity counts as the first number that is
too large. The answer for each list is [distance, the arguments that gave it]; the truth is computed once for all lists.
"""
import json
import math
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


def grown(function, below):
    """A function that grows like exp: far beyond what a float64 holds it needs neither its digits nor its time."""

    def bounded(x):
        if x > 1100:
            return two**2000
        return below if x < -1100 else function(x)

    return bounded


def power(x, y):
    """x to the power y, without the digits of what is far beyond what a float64 holds."""
    whole = y == mpmath.floor(y)
    if x == 0 or (x < 0 and not whole):
        return mpmath.power(x, y)
    exponent = math.log2(abs(float(x))) * float(y)
    if abs(exponent) < 2000:
        return mpmath.power(x, y)
    negative = x < 0 and mpmath.floor(y / 2) * 2 != y
    return (-1 if negative else 1) * (two**2000 if exponent > 0 else mpf(0))


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
    "exp": grown(mpmath.exp, mpf(0)),
    "exp2": grown(lambda x: two**x, mpf(0)),
    "expm1": grown(mpmath.expm1, mpf(-1)),
    "sinh": grown(mpmath.sinh, -(two**2000)),
    "cosh": grown(mpmath.cosh, two**2000),
    "log": mpmath.log,
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "log10": lambda x: mpmath.log(x) / mpmath.log(10),
    "log1p": log1p,
    "pow": power,
    "hypot": lambda x, y: mpmath.sqrt(x * x + y * y),
    "atan2": mpmath.atan2,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
}


cancelling = {
    *("sin", "cos", "tan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "acos", "expm1", "log1p", "hypot"),
}


def exact(op, args):
    f = functions.get(op) or getattr(mpmath, op)
    # Where a result is small beside its argument, a fixed number of digits is not enough.
    bits = 140 + 2 * max(abs(mpmath.mag(x)) if x else 0 for x in args) if op in cancelling else 260
    if mp.prec != bits:
        mp.prec = bits
    return f(*args)


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
    sign, mantissa, exponent, _ = truth._mpf_
    if exponent and not mantissa:  # infinite, or no number
        if mpmath.isnan(truth):
            return 0.0 if value != value else float("inf")
        return 0.0 if value == truth else float("inf")
    if value != value:
        return float("inf")
    if math.isinf(value):
        if abs(truth) >= two**high and (truth > 0) == (value > 0):
            return 0.0
        whole, at = (1 if value > 0 else -1), high
    else:
        fraction, at = math.frexp(value)
        whole, at = int(fraction * 2**53), at - 53
    # in whole numbers of the smaller of the two units, which are exact
    least = min(at, exponent)
    difference = abs((whole << (at - least)) - ((-mantissa if sign else mantissa) << (exponent - least)))
    _, size, power, bits = yardstick._mpf_ if mantissa else (0, 1, low, 1)
    unit = max(power + bits - 1 if size else low, low) - digits + 1
    spare = max(0, difference.bit_length() - 64)
    try:
        return math.ldexp(difference >> spare, least + spare - unit)
    except OverflowError:
        return float("inf")


answers = []
for question in json.load(sys.stdin):
    shape = (53, -1022, 1024) if question["bits"] == 64 else (24, -126, 128)
    worsts = [[0.0, []] for _ in question["values"]]
    for args, *values in zip(question["args"], *question["values"]):
        args = [float(x) for x in args]
        truth = exact(question["op"], [mpf(x) for x in args])
        yardstick = scale(question["op"], args, truth)
        found = {value: distance(float(value), truth, yardstick, *shape) for value in set(values)}
        for worst, value in zip(worsts, values):
            if found[value] > worst[0]:
                worst[:] = [found[value], args]
    answers.append(worsts)
json.dump([[[str(found), [str(x) for x in args]] for found, args in worsts] for worsts in answers], sys.stdout)
