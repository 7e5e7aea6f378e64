/**
 * The inner part of a matrix product: a packed block of the left matrix times a packed block of the right one, added to
 * a part of the output. After Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008), and
 * Van Zee and van de Geijn's BLIS (2015): the two loops around the micro-kernel, and the micro-kernel itself.
 *
 *     packed right:  │ panel │ panel │ …      a panel: for each step of the inner axis, `columns` neighbours
 *     packed left:   │ panel │ …              a panel: for each step of the inner axis, `rows` neighbours
 *     one of each:   `rows` × `columns` sums that stay in registers along the inner axis
 *
 * Panels at the edges are filled up with zeros. Their sums go to a tile of scratch memory, and from there those that
 * exist are added. Invariant: an element's bits depend on its row, its column and the inner axis, never on where it
 * lies.
 */
import { Code, type Local } from "../../assembler/code.js";
import { type RealDType, words, zeros } from "./gemm-words.js";

/** The shape of a micro-kernel. */
export interface Micro {
  readonly dtype: RealDType;
  /** Rows of sums in registers. */
  readonly rows: number;
  /** Columns of sums in registers, a multiple of a vector's elements. */
  readonly columns: number;
  /** True where products and sums are one instruction. */
  readonly fused: boolean;
}

/** Steps of the inner axis in one iteration. */
const UNROLLED_STEPS = 2;

/** Writes the kernel of one shape. Its methods write its parts; each leaves the stack empty. */
class ProductWriter {
  readonly code = new Code();
  readonly #micro: Micro;
  /** Vectors in a row of sums. */
  readonly #vectors: number;
  readonly #left = this.#parameter("left");
  readonly #right = this.#parameter("right");
  readonly #output = this.#parameter("output");
  readonly #rows = this.#parameter("rows");
  readonly #columns = this.#parameter("columns");
  readonly #depth = this.#parameter("depth");
  /** Bytes from row to row of the output. */
  readonly #stride = this.#parameter("stride");
  readonly #tile = this.#parameter("tile");
  readonly #sign: Local;
  /** Rows of the output from the current panel on, and steps of the inner axis that are still to do. */
  readonly #rowsLeft: Local;
  readonly #depthLeft: Local;
  /** The current panels. */
  readonly #leftPanel: Local;
  readonly #rightPanel: Local;
  /** The current numbers of the panels, and the sums' place in the output. */
  readonly #a: Local;
  readonly #b: Local;
  readonly #c: Local;
  readonly #row: Local;

  constructor(micro: Micro) {
    this.#micro = micro;
    const { bytes, type } = words[micro.dtype];
    this.#vectors = (micro.columns * bytes) / 16;
    this.#sign = this.code.parameter(type, "sign");
    this.#rowsLeft = this.#local("rowsLeft");
    this.#depthLeft = this.#local("depthLeft");
    this.#leftPanel = this.#local("leftPanel");
    this.#rightPanel = this.#local("panel");
    this.#a = this.#local("a");
    this.#b = this.#local("b");
    this.#c = this.#local("c");
    this.#row = this.#local("row");
  }

  #parameter(name: string): Local {
    return this.code.parameter("i32", name);
  }

  #local(name: string): Local {
    return this.code.local("i32", name);
  }

  #vector(name: string): Local {
    return this.code.local("v128", name);
  }

  #sum(i: number, j: number): Local {
    return this.#vector(`sum${i}_${j}`);
  }

  #eachSum(visit: (i: number, j: number) => void): void {
    for (let i = 0; i < this.#micro.rows; i++) for (let j = 0; j < this.#vectors; j++) visit(i, j);
  }

  /** Two loops: over the panels of the right block, and inside over those of the left one. */
  write(): void {
    const { code } = this;
    const { rows, columns, dtype } = this.#micro;
    const { bytes, splat } = words[dtype];
    code.get(this.#sign).op(splat).set(this.#vector("signs"));
    code.loop(() => {
      code.get(this.#rows).set(this.#rowsLeft).get(this.#left).set(this.#leftPanel);
      code.get(this.#output).set(this.#c).get(this.#right).set(this.#rightPanel);
      code.loop(() => {
        this.#panels();
        this.#advancePanel(this.#leftPanel, rows * bytes);
        code.get(this.#c, this.#stride).i32(rows).op("i32.mul").op("i32.add").set(this.#c);
        this.#countDown(this.#rowsLeft, rows);
      });
      this.#advancePanel(this.#right, columns * bytes);
      code.advance(this.#output, columns * bytes);
      this.#countDown(this.#columns, columns);
    });
  }

  /** Moves the address of a panel, of which a step has this many bytes, to the next one. */
  #advancePanel(panel: Local, stepBytes: number): void {
    this.code.get(panel, this.#depth).i32(stepBytes).op("i32.mul").op("i32.add").set(panel);
  }

  /** Subtracts from a counter, and pushes 1 while something is left. */
  #countDown(counter: Local, count: number): void {
    this.code.get(counter).i32(count).op("i32.sub").tee(counter).i32(0).op("i32.gt_s");
  }

  /** One panel times another one, added to the output. */
  #panels(): void {
    const { code } = this;
    this.#eachSum((i, j) => code.op("v128.const", zeros).set(this.#sum(i, j)));
    code.get(this.#leftPanel).set(this.#a).get(this.#rightPanel).set(this.#b).get(this.#depth).set(this.#depthLeft);
    this.#steps();
    code.atLeast(this.#rowsLeft, this.#micro.rows).atLeast(this.#columns, this.#micro.columns).op("i32.and").op("if");
    this.#addWhole();
    code.op("else");
    this.#addPart();
    code.op("end");
  }

  /**
   * All steps of the inner axis. The loop may end between two of them: without that, V8's compiler loads for all steps
   * of an iteration before it multiplies, and runs out of registers (measured: half the speed).
   */
  #steps(): void {
    const { code } = this;
    code.op("block").op("loop");
    for (let p = 0; p < UNROLLED_STEPS; p++) {
      if (p > 0) code.get(this.#depthLeft).i32(p).op("i32.eq").op("br_if", 1);
      this.#step(p);
    }
    code.advance(this.#a, UNROLLED_STEPS * this.#micro.rows * words[this.#micro.dtype].bytes);
    code.advance(this.#b, UNROLLED_STEPS * this.#vectors * 16);
    code.get(this.#depthLeft).i32(UNROLLED_STEPS).op("i32.sub").tee(this.#depthLeft);
    code.op("br_if", 0).op("end").op("end");
  }

  /** One step of the inner axis: the micro-kernel. */
  #step(p: number): void {
    const { code } = this;
    const { rows, dtype, fused } = this.#micro;
    const { bytes, loadSplat, madd, mul, add } = words[dtype];
    for (let j = 0; j < this.#vectors; j++) {
      code.get(this.#b).op("v128.load", (p * this.#vectors + j) * 16);
      code.set(this.#vector(`b${j}`));
    }
    for (let i = 0; i < rows; i++) {
      const splat = this.#vector("splat");
      code.get(this.#a).op(loadSplat, (p * rows + i) * bytes);
      code.set(splat);
      for (let j = 0; j < this.#vectors; j++) {
        const [sum, b] = [this.#sum(i, j), this.#vector(`b${j}`)];
        if (fused) code.get(splat, b, sum).op(madd);
        else code.get(sum, splat, b).op(mul).op(add);
        code.set(sum);
      }
    }
  }

  /** Adds all sums to the output. */
  #addWhole(): void {
    const { code } = this;
    const { mul, add } = words[this.#micro.dtype];
    code.get(this.#c).set(this.#row);
    for (let i = 0; i < this.#micro.rows; i++) {
      for (let j = 0; j < this.#vectors; j++) {
        code.get(this.#row, this.#row).op("v128.load", j * 16);
        code.get(this.#sum(i, j), this.#vector("signs")).op(mul).op(add);
        code.op("v128.store", j * 16);
      }
      if (i + 1 < this.#micro.rows) code.advance(this.#row, this.#stride);
    }
  }

  /** Adds the sums that the output has, by way of the tile; the others must not be stored. */
  #addPart(): void {
    const { code } = this;
    const { rows, columns, dtype } = this.#micro;
    const { bytes, load, store, mulOne, addOne } = words[dtype];
    const [at, to, many, across] = [this.#local("at"), this.#local("to"), this.#local("many"), this.#local("across")];
    this.#eachSum((i, j) => code.get(this.#tile, this.#sum(i, j)).op("v128.store", (i * this.#vectors + j) * 16));
    const atMost = (value: Local, most: number): void => {
      code.get(value).i32(most).get(value).i32(most).op("i32.lt_u").op("select");
    };
    code.get(this.#tile).set(at).get(this.#c).set(this.#row);
    atMost(this.#rowsLeft, rows);
    code.set(many);
    code.repeatOnce(many, 1, () => {
      code.get(this.#row).set(to);
      atMost(this.#columns, columns);
      code.set(across);
      code.repeatOnce(across, 1, () => {
        code.get(to, to).op(load, 0).get(at).op(load, 0).get(this.#sign).op(mulOne).op(addOne);
        code.op(store, 0);
        code.advance(to, bytes);
        code.advance(at, bytes);
      });
      // to the tile's next row, over what is left of this one
      code.get(at).i32(columns * bytes);
      code.op("i32.add");
      atMost(this.#columns, columns);
      code.i32(bytes).op("i32.mul").op("i32.sub").set(at);
      code.advance(this.#row, this.#stride);
    });
  }
}

/**
 * Writes the kernel `run(left, right, output, rows, columns, depth, stride, tile, sign)`: addresses in bytes, the
 * stride of the output's rows too; `rows`, `columns` and `depth` at least 1; the tile has room for one micro-kernel's
 * sums. The sign is 1 or -1 and multiplies what is added.
 */
export function writeProduct(micro: Micro): Code {
  const writer = new ProductWriter(micro);
  writer.write();
  return writer.code;
}
