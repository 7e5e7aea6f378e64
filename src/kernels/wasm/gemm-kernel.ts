/**
 * The inner part of a matrix product: a packed block of the left matrix times a packed block of the right one, added onto
 * a part of the output. After Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008), and Van
 * Zee and van de Geijn's BLIS (2015): the two loops around the micro-kernel, and the micro-kernel itself.
 *
 *     packed right:  │ panel │ panel │ …      a panel: for each step of the inner axis, `columns` neighbours
 *     packed left:   │ panel │ …              a panel: for each step of the inner axis, `rows` neighbours
 *     one of each:   `rows` × `columns` sums that stay in registers while the inner axis goes by
 *
 * Panels at the edges are filled up with zeros; their sums go to a tile of scratch memory, from where those that exist are
 * added. Invariant: an element's bits depend on its row, its column and the inner axis, never on where it stands.
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

/** Steps of the inner axis that one iteration takes. */
const UNROLL = 2;

/**
 * Writes the kernel `run(left, right, output, rows, columns, depth, stride, tile, sign)`: addresses in bytes, the stride of
 * the output's rows too; `rows`, `columns` and `depth` at least 1; the tile has room for one micro-kernel's sums. The sign
 * is 1 or -1 and multiplies what is added.
 */
export function writeProduct(micro: Micro): Code {
  const code = new Code();
  const word = words[micro.dtype];
  const { bytes } = word;
  const lanes = 16 / bytes;
  const vectors = micro.columns / lanes;
  const i32 = (name: string): Local => code.parameter("i32", name);
  const [left, right, output, rows, columns, depth, stride, tile] = [
    i32("left"), i32("right"), i32("output"), i32("rows"), i32("columns"), i32("depth"), i32("stride"), i32("tile"),
  ] as const; // biome-ignore format: a list
  const sign = code.parameter(word.type, "sign");
  const local = (name: string): Local => code.local("i32", name);
  const [rowsLeft, depthLeft] = [local("rowsLeft"), local("depthLeft")];
  const [leftPanel, panel, a, b, c, row] = [
    local("leftPanel"),
    local("panel"),
    local("a"),
    local("b"),
    local("c"),
    local("row"),
  ];
  const sum = (i: number, j: number): Local => code.local("v128", `sum${i}_${j}`);
  const signs = code.local("v128", "signs");
  const eachSum = (visit: (i: number, j: number) => void): void => {
    for (let i = 0; i < micro.rows; i++) for (let j = 0; j < vectors; j++) visit(i, j);
  };

  /** One step of the inner axis. */
  const step = (p: number): void => {
    for (let j = 0; j < vectors; j++) {
      code
        .get(b)
        .op("v128.load", (p * vectors + j) * 16)
        .set(code.local("v128", `b${j}`));
    }
    for (let i = 0; i < micro.rows; i++) {
      const splat = code.local("v128", "splat");
      code
        .get(a)
        .op(word.loadSplat, (p * micro.rows + i) * bytes)
        .set(splat);
      for (let j = 0; j < vectors; j++) {
        const product = [splat, code.local("v128", `b${j}`)];
        if (micro.fused) code.get(...product, sum(i, j)).op(word.madd);
        else
          code
            .get(sum(i, j), ...product)
            .op(word.mul)
            .op(word.add);
        code.set(sum(i, j));
      }
    }
  };
  /**
   * All steps. Between two of them the loop may end: without that, V8's compiler loads for all steps of an iteration before
   * it multiplies, and runs out of registers (measured: half the speed).
   */
  const steps = (): void => {
    code.op("block").op("loop");
    for (let p = 0; p < UNROLL; p++) {
      if (p > 0) code.get(depthLeft).i32(p).op("i32.eq").op("br_if", 1);
      step(p);
    }
    code.advance(a, UNROLL * micro.rows * bytes);
    code.advance(b, UNROLL * vectors * 16);
    code.get(depthLeft).i32(UNROLL).op("i32.sub").tee(depthLeft).op("br_if", 0).op("end").op("end");
  };

  /** All sums are of the output. */
  const addWhole = (): void => {
    code.get(c).set(row);
    for (let i = 0; i < micro.rows; i++) {
      for (let j = 0; j < vectors; j++) {
        code
          .get(row, row)
          .op("v128.load", j * 16)
          .get(sum(i, j), signs)
          .op(word.mul)
          .op(word.add);
        code.op("v128.store", j * 16);
      }
      if (i + 1 < micro.rows) code.advance(row, stride);
    }
  };

  /** Some are: the others must not be stored. */
  const addPart = (): void => {
    const [at, to, many, across] = [local("at"), local("to"), local("many"), local("across")];
    eachSum((i, j) => code.get(tile, sum(i, j)).op("v128.store", (i * vectors + j) * 16));
    const atMost = (value: Local, most: number): void => {
      code.get(value).i32(most).get(value).i32(most).op("i32.lt_u").op("select");
    };
    code.get(tile).set(at).get(c).set(row);
    atMost(rowsLeft, micro.rows);
    code.set(many);
    code.repeatOnce(many, 1, () => {
      code.get(row).set(to);
      atMost(columns, micro.columns);
      code.set(across);
      code.repeatOnce(across, 1, () => {
        code.get(to, to).op(word.load, 0).get(at).op(word.load, 0).get(sign).op(word.mulOne).op(word.addOne);
        code.op(word.store, 0);
        code.advance(to, bytes);
        code.advance(at, bytes);
      });
      // to the tile's next row: what is left of this one lies between
      code
        .get(at)
        .i32(micro.columns * bytes)
        .op("i32.add");
      atMost(columns, micro.columns);
      code.i32(bytes).op("i32.mul").op("i32.sub").set(at);
      code.advance(row, stride);
    });
  };

  code.get(sign).op(word.splat).set(signs);
  code.loop(() => {
    code.get(rows).set(rowsLeft).get(left).set(leftPanel).get(output).set(c).get(right).set(panel);
    code.loop(() => {
      eachSum((i, j) => code.op("v128.const", zeros).set(sum(i, j)));
      code.get(leftPanel).set(a).get(panel).set(b).get(depth).set(depthLeft);
      steps();
      code.atLeast(rowsLeft, micro.rows).atLeast(columns, micro.columns).op("i32.and").op("if");
      addWhole();
      code.op("else");
      addPart();
      code.op("end");
      code
        .get(leftPanel, depth)
        .i32(micro.rows * bytes)
        .op("i32.mul")
        .op("i32.add")
        .set(leftPanel);
      code.get(c, stride).i32(micro.rows).op("i32.mul").op("i32.add").set(c);
      code.get(rowsLeft).i32(micro.rows).op("i32.sub").tee(rowsLeft).i32(0).op("i32.gt_s");
    });
    code
      .get(right, depth)
      .i32(micro.columns * bytes)
      .op("i32.mul")
      .op("i32.add")
      .set(right);
    code.advance(output, micro.columns * bytes);
    code.get(columns).i32(micro.columns).op("i32.sub").tee(columns).i32(0).op("i32.gt_s");
  });
  return code;
}
