/**
 * Transforms as the operations want them: of complex numbers, of real ones to the half of their spectrum that says all, and
 * back; scaled. Real numbers of an even length are transformed as half as many complex ones:
 *
 *     2m real numbers ── read as m complex ones ──▶ transform ── merge ──▶ m + 1 complex numbers      (and back by split)
 *
 * Invariant: a transform keeps nothing from one row to the next but its tables.
 */
import { type ComplexPlan, complexPlan, type Sign } from "./complex.js";
import type { MakeRoom } from "./room.js";
import { Roots } from "./roots.js";

/** What goes in and comes out: n complex numbers both ways, n real ones to n/2 + 1 complex ones, or these to n real ones. */
export type Form = "complex" | "toHalf" | "fromHalf";

/** One sort of transform. */
export interface Sort {
  readonly n: number;
  readonly form: Form;
  readonly sign: Sign;
}

/** How many float64 go into a transform, and how many come out. */
export function lengthsOf({ n, form }: Pick<Sort, "n" | "form">): { input: number; output: number } {
  const half = 2 * (Math.floor(n / 2) + 1);
  return {
    input: form === "fromHalf" ? half : form === "toHalf" ? n : 2 * n,
    output: form === "toHalf" ? half : form === "fromHalf" ? n : 2 * n,
  };
}

/** A transform of rows of one length: put a row at `input`, run, take the result from where run says. */
export class Transform {
  readonly data: Float64Array;
  readonly input: number;
  readonly bytes: number;
  readonly #sort: Sort;
  readonly #plan: ComplexPlan;
  /** True where real numbers go through a complex transform of half their length. */
  readonly #halved: boolean;

  constructor(sort: Sort, makeRoom: MakeRoom) {
    const { n, form, sign } = sort;
    this.#sort = sort;
    this.#halved = form !== "complex" && n % 2 === 0;
    const m = n / 2;
    const twiddles = this.#halved ? 3 * (Math.floor(m / 2) + 1) : 0;
    this.#plan = complexPlan(this.#halved ? m : n, sign, makeRoom, twiddles);
    const { data } = this.#plan.room;
    const root = new Float64Array(2);
    if (this.#halved) {
      const roots = new Roots(n);
      for (let k = 0, at = this.#plan.extra; 2 * k <= m; k++, at += 3) {
        roots.put(k, root, 0);
        data.set([root[0]!, -sign * root[1]!, sign * root[1]!], at);
      }
    }
    this.data = data;
    this.input = this.#plan.front;
    this.bytes = this.#plan.bytes;
  }

  /** Transforms the row at `input` and multiplies by `scale`; gives the place of the result. */
  run(scale: number): number {
    const { form, n } = this.#sort;
    const { room, extra } = this.#plan;
    const m = n / 2;
    if (this.#halved && form === "toHalf") {
      const at = this.#plan.run();
      room.merge(at, m, extra, scale);
      return at;
    }
    if (this.#halved) {
      room.split(this.input, m, extra, scale);
      return this.#plan.run();
    }
    if (form === "toHalf") this.#widen();
    if (form === "fromHalf") this.#mirror();
    const at = this.#plan.run();
    if (form === "fromHalf") this.#narrow(at);
    if (scale !== 1) room.scale(at, lengthsOf(this.#sort).output, scale);
    if (form === "toHalf") this.data[at + 1] = 0;
    return at;
  }

  /** Real numbers as complex ones. */
  #widen(): void {
    const { data, input } = this;
    for (let i = this.#sort.n - 1; i >= 0; i--) {
      data[input + 2 * i] = data[input + i]!;
      data[input + 2 * i + 1] = 0;
    }
  }

  /** The other half of the spectrum of real numbers, of an odd length. */
  #mirror(): void {
    const { data, input } = this;
    const { n } = this.#sort;
    data[input + 1] = 0;
    for (let k = 1; 2 * k < n; k++) {
      data[input + 2 * (n - k)] = data[input + 2 * k]!;
      data[input + 2 * (n - k) + 1] = -data[input + 2 * k + 1]!;
    }
  }

  /** The real parts, side by side. */
  #narrow(at: number): void {
    const { data } = this;
    for (let i = 1; i < this.#sort.n; i++) data[at + i] = data[at + 2 * i]!;
  }
}

/** The most bytes of transforms that are kept for later. */
const MOST_BYTES = 2 ** 26;

/**
 * Transforms that were made, those used last at the end; older ones go when all together take too many bytes. The last one
 * stays whatever it takes: rows of one length come one after the other, and memories that are dropped live on for a while.
 */
export class Transforms {
  readonly #makeRoom: MakeRoom;
  readonly #most: number;
  readonly #kept = new Map<string, Transform>();
  #bytes = 0;

  constructor(makeRoom: MakeRoom, most = MOST_BYTES) {
    this.#makeRoom = makeRoom;
    this.#most = most;
  }

  /** How many are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** The transform of a sort. */
  of(sort: Sort): Transform {
    const key = `${sort.form} ${sort.sign} ${sort.n}`;
    const known = this.#kept.get(key);
    const transform = known ?? new Transform(sort, this.#makeRoom);
    if (known !== undefined) this.#kept.delete(key);
    else this.#bytes += transform.bytes;
    this.#kept.set(key, transform);
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#most || this.#kept.size === 1) break;
      this.#kept.delete(oldest);
      this.#bytes -= bytes;
    }
    return transform;
  }
}
