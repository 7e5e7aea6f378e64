// @ts-check
/**
 * One comparison: what is compared takes turns, so that a slow minute of the machine hits all alike.
 *
 *     first   ours, every way of every peer     warms the file, the caches, the compilers; the best two ways stay
 *     then    ours, way, way, ours, way, way …  the best time of each counts
 */

/**
 * @typedef {import("./child.mjs").Child} Child
 * @typedef {import("./child.mjs").Request} Request
 *
 * `seconds` is the best of the runs.
 * @typedef {object} Best
 * @property {string} way
 * @property {number} seconds
 * @property {number} runs
 * @property {number | null} check
 * @property {number | null} peak
 * @property {number | null} anonymous
 *
 * @typedef {object} Outcome
 * @property {Best} ours
 * @property {{ name: string, best: Best | null, failed: string | null }[]} peers
 *
 * @typedef {object} Pace
 * @property {number} repeats runs of each after the first, at least; short ones go on for
 * {@link LEAST_SECONDS}
 * @property {number} seconds after the first runs in which more begin, at least one of each
 */

/**
 * Short works are repeated for so long: what runs a few dozen times for each task is compiled by V8 for the last time
 * after some forty computations of 50 ms (docs/performance.md), and five of them are all in one bad moment of a
 * machine, or in none. How long the first run of a process takes is a row of its own.
 */
const LEAST_SECONDS = 10;

/** @param {Child} child @param {Request} request @param {Best} [best] @returns {Promise<Best>} */
async function run(child, request, best) {
  const { seconds, check, peak = null, anonymous = null } = await child.time(request);
  return {
    way: request.way ?? "",
    seconds: Math.min(seconds, best?.seconds ?? Number.POSITIVE_INFINITY),
    runs: (best?.runs ?? 0) + 1,
    check,
    peak: peak === null ? null : Math.max(peak, best?.peak ?? 0),
    anonymous: anonymous === null ? null : Math.max(anonymous, best?.anonymous ?? 0),
  };
}

/**
 * @param {Child} ours
 * @param {{ name: string, child: Child, workers: number }[]} peers
 * @param {Request} request
 * @param {Pace & { before?: () => Promise<void> }} pace `before` is called before each run
 * @returns {Promise<Outcome>}
 */
export async function compare(ours, peers, request, { repeats, seconds, before = async () => {} }) {
  await before();
  let best = await run(ours, request);
  const entrants = [];
  /** @type {Outcome["peers"]} */
  const outcomes = [];
  for (const peer of peers) {
    const heat = await ways(peer, { ...request, workers: peer.workers }, before);
    outcomes.push(heat.outcome);
    entrants.push(...heat.entrants.map((entrant) => ({ ...entrant, outcome: heat.outcome })));
  }
  const since = (/** @type {number} */ time) => (performance.now() - time) / 1000;
  const rounds = performance.now();
  for (let n = 0; (n < repeats || since(rounds) < LEAST_SECONDS) && !(n > 0 && since(rounds) > seconds); n++) {
    await before();
    best = await run(ours, request, best);
    for (const entrant of entrants) {
      await before();
      entrant.best = await run(entrant.child, entrant.request, entrant.best);
      const { outcome } = entrant;
      if (outcome.best === null || entrant.best.seconds <= outcome.best.seconds) outcome.best = entrant.best;
    }
  }
  return { ours: best, peers: outcomes };
}

/**
 * Lets a peer do the work once in each of its ways; the best two go on.
 * @param {{ name: string, child: Child }} peer @param {Request} request @param {() => Promise<void>} before
 */
async function ways({ name, child }, request, before) {
  const entrants = [];
  /** @type {string | null} */
  let failed = null;
  try {
    for (const way of await child.ways(request)) {
      try {
        await before();
        entrants.push({ child, request: { ...request, way }, best: await run(child, { ...request, way }) });
      } catch (error) {
        failed = `${way}: ${/** @type {Error} */ (error).message}`;
      }
    }
  } catch (error) {
    failed = /** @type {Error} */ (error).message;
  }
  entrants.sort((a, b) => a.best.seconds - b.best.seconds).splice(2);
  return { entrants, outcome: { name, best: entrants[0]?.best ?? null, failed } };
}

/**
 * Whether two sums of results agree; float32 sums of the peers are as inexact as float32.
 * @param {Best} ours @param {Best} peer @param {string | null} array
 */
export function agree(ours, peer, array) {
  if (ours.check === null || peer.check === null) return true;
  const tolerance = array === "float32" || array === "matrix32" ? 1e-3 : 1e-9;
  return Math.abs(ours.check - peer.check) <= tolerance * Math.max(1, Math.abs(peer.check));
}
