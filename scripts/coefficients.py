"""Prints src/program/functions/coefficients.ts: the polynomials of the mathematical functions.

Each is the polynomial that equals its function at Chebyshev nodes of its interval (so the error is within a small
factor of the smallest possible one), computed with 60 digits by Newton's divided differences and rounded to float64 at
the end. The number of terms is the smallest whose error, weighted as the kernel uses it, stays under the goal: 2^-57 of
the result
for float64, 2^-31 for float32 (which is computed in float64 and rounded once).
"""
from mpmath import mp, mpf, asin, atan, cos, erf, erfc, euler, exp, log, loggamma, pi, rgamma, sin, sinh, sqrt, tan

mp.dps = 60


def interpolate(f, low, high, terms):
    nodes = [(low + high) / 2 + (high - low) / 2 * cos(pi * (2 * k + 1) / (2 * terms)) for k in range(terms)]
    table = [f(x) for x in nodes]
    for level in range(1, terms):
        for k in range(terms - 1, level - 1, -1):
            table[k] = (table[k] - table[k - 1]) / (nodes[k] - nodes[k - level])
    result = [mpf(0)]
    for k in range(terms - 1, -1, -1):
        shifted = [mpf(0)] + result
        for i, c in enumerate(result):
            shifted[i] -= nodes[k] * c
        shifted[0] += table[k]
        result = shifted[:terms]
    return result


def error(f, weight, low, high, coefficients):
    worst = mpf(0)
    for k in range(1, 100):
        x = low + (high - low) * k / 100
        value = sum(c * x**i for i, c in enumerate(coefficients))
        worst = max(worst, abs((value - f(x)) * weight(x)))
    return worst


def series(f, at0, switch=mpf(10) ** -15):
    """f away from 0, and its value at 0 near it."""
    return lambda x: at0 if abs(x) < switch else f(x)


def asinSquare(z):
    r = sqrt(z)
    return (asin(r) / r - 1) / z


def atanSquare(z):
    t = sqrt(z)
    return (atan(t) / t - 1) / z


def sinSquare(z):
    r = sqrt(z)
    return (sin(r) / r - 1) / z


def sinhSquare(z):
    r = sqrt(z)
    return (sinh(r) / r - 1) / z


def cosSquare(z):
    return (cos(sqrt(z)) - 1 + z / 2) / z**2


def logSquare(z):
    s = sqrt(z)
    return (log((1 + s) / (1 - s)) / s - 2) / z


def erfSquare(z):
    x = sqrt(z)
    return erf(x) / x - 1


def scaledComplement(t):
    x = 4 * (1 + t) / (1 - t)
    return x * exp(x * x) * erfc(x)


def gammaInverse(t):
    d = t + mpf(1) / 2
    if abs(d) < mpf(10) ** -25:
        return -euler
    if abs(d - 1) < mpf(10) ** -25:
        return euler - 1
    return (rgamma(1 + d) - 1) / (d * (d - 1))


def stirlingFactor(w):
    x = 1 / w
    return (exp(loggamma(x) - (x - mpf(1) / 2) * (log(x) - 1)) / sqrt(2 * pi / exp(1)) - 1) / w


def stirlingRest(z):
    x = 1 / sqrt(z)
    return x * (loggamma(x) - (x - mpf(1) / 2) * log(x) + x - log(2 * pi) / 2)


def sinPiSquare(z):
    r = pi * sqrt(z)
    return (sin(r) / r - 1) / z


half = log(mpf(2)) / 2
# name, what it is, function, weight of its error relative to the result, interval
kernels = [
    ("exponential", "(e^r - 1 - r) / r^2, |r| <= ln 2 / 2", series(lambda r: (exp(r) - 1 - r) / r**2, mpf(1) / 2),
     lambda r: r**2, -half * 1.001, half * 1.001),
    ("logarithm", "(log((1+s)/(1-s)) / s - 2) / z, z = s^2, s = (m-1)/(m+1), sqrt(1/2) <= m <= sqrt(2)",
     series(logSquare, mpf(2) / 3), lambda z: z / 2, mpf(0), (3 - 2 * sqrt(mpf(2))) ** 2 * 1.001),
    ("logarithmTail", "L in log m = 2/3 s (3 + z + z^2 L(z)), for pow: 11 bits better than the others",
     series(lambda z: ((logSquare(z)) - mpf(2) / 3) / z * mpf(1.5), mpf(3) / 5), lambda z: z**2 / 3 * 2**11,
     mpf(0), (3 - 2 * sqrt(mpf(2))) ** 2 * 1.001),
    ("sine", "(sin(r) / r - 1) / z, z = r^2, |r| <= pi / 2", series(sinSquare, -mpf(1) / 6),
     lambda z: z * mpf(1.5), mpf(0), (pi / 2) ** 2 * 1.001),
    ("sineShort", "(sin(r) / r - 1) / z, z = r^2, |r| <= pi / 4", series(sinSquare, -mpf(1) / 6),
     lambda z: z, mpf(0), (pi / 4) ** 2 * 1.001),
    ("cosineShort", "(cos(r) - 1 + z / 2) / z^2, z = r^2, |r| <= pi / 4", series(cosSquare, mpf(1) / 24),
     lambda z: z**2 * mpf(1.4), mpf(0), (pi / 4) ** 2 * 1.001),
    ("arcsine", "(asin(r) / r - 1) / z, z = r^2, |r| <= 1 / 2", series(asinSquare, mpf(1) / 6),
     lambda z: z, mpf(0), mpf(1) / 4),
    ("arctangent", "(atan(t) / t - 1) / z, z = t^2, |t| <= tan(pi / 8)", series(atanSquare, -mpf(1) / 3),
     lambda z: z, mpf(0), tan(pi / 8) ** 2 * 1.001),
    ("hyperbolicSine", "(sinh(x) / x - 1) / z, z = x^2, |x| <= 1", series(sinhSquare, mpf(1) / 6),
     lambda z: z, mpf(0), mpf(1)),
    (
        *("errorFunction", "erf(x) / x - 1 in x^2, |x| <= 1"),
        *(series(erfSquare, 2 / sqrt(pi) - 1), lambda z: 1, mpf(0), mpf(1)),
    ),
    ("errorComplement", "x e^(x^2) erfc(x), t = (x - 4) / (x + 4), 7/8 <= x <= 28", scaledComplement,
     lambda t: mpf(5) / 2, -mpf(25) / 39, mpf(24) / 32),
    ("gammaInverse", "(1 / Gamma(1+d) - 1) / (d (d - 1)), t = d - 1/2, -3/8 <= d <= 3/2", gammaInverse,
     lambda t: 1, -mpf(7) / 8, mpf(1)),
    ("stirlingFactor", "(Gamma(x) / (sqrt(2 pi / e) (x / e)^(x - 1/2)) - 1) / w, w = 1 / x, 2.5 <= x <= 200",
     stirlingFactor, lambda w: w, mpf(1) / 200, mpf(2) / 5),
    ("stirlingRest", "x (log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2), z = 1 / x^2, x >= 2.5",
     series(stirlingRest, mpf(1) / 12, mpf(10) ** -20), lambda z: 2 * sqrt(z), mpf(0), mpf(4) / 25),
    ("sinePi", "(sin(pi r) / (pi r) - 1) / z, z = r^2, |r| <= 1/2", series(sinPiSquare, -pi**2 / 6),
     lambda z: z * pi / 2, mpf(0), mpf(1) / 4),
    ("cubeRoot", "cbrt(m), a first guess, 1/2 <= m <= 4", lambda m: m ** (mpf(1) / 3), lambda m: 1, mpf(1) / 3, mpf(3)),
]
goals = {"double": mpf(2) ** -57, "single": mpf(2) ** -31}

print('''/**
 * The polynomials of the mathematical functions, printed by `scripts/coefficients.py`, which says how they are found.
 *
 * `double` is for results that are rounded to float64, `single` for those that are rounded to float32.
 */

/** Coefficients, that of the lowest power first. */
export interface Coefficients {
  readonly double: readonly number[];
  readonly single: readonly number[];
}
''')
for name, text, f, weight, low, high in kernels:
    print(f"/** {text} */\nexport const {name}: Coefficients = {{")
    for goal, bound in goals.items():
        if name == "cubeRoot":
            bound = mpf(2) ** -9
        terms = 2
        while error(f, weight, low, high, interpolate(f, low, high, terms)) > bound:
            terms += 1
        numbers = ", ".join(repr(float(c)) for c in interpolate(f, low, high, terms))
        print(f"  {goal}: [{numbers}],")
    print("};\n")
