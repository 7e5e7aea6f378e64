/**
 * Prime factors of lengths, by trial division: they decide how a Fourier transform is taken apart and what it needs.
 */

/** The prime factors of a whole number from 1 on, the smallest first; of 1 there are none. At most √n divisions. */
export function primesOf(n: number): number[] {
  const primes: number[] = [];
  let rest = n;
  for (let prime = 2; prime * prime <= rest; prime += prime === 2 ? 1 : 2) {
    while (rest % prime === 0) {
      primes.push(prime);
      rest /= prime;
    }
  }
  if (rest > 1) primes.push(rest);
  return primes;
}
