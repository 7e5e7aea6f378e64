/**
 * Expressions: immutable nodes of an operation, its inputs and its parameters. A node knows its dtype, shape and chunks
 * from the moment it is made, so a mistake is reported at the user's line. Equal content has an equal key.
 */
import { hashOf } from "../data/hash.js";
import { type CallTrace, traceHere } from "./call-trace.js";
import type { Meta } from "./meta.js";
import type { Each, Expr, Inputs, Op } from "./op.js";

export type { Expr } from "./op.js";

class ExprNode implements Expr {
  readonly op: Op;
  readonly inputs: readonly Expr[];
  readonly metas: readonly Meta[];
  readonly params: unknown;
  readonly meta: Meta;
  readonly trace: CallTrace;
  #key: string | undefined;

  constructor(op: Op, inputs: readonly Expr[], params: unknown, trace: CallTrace) {
    this.op = op;
    this.inputs = inputs;
    this.params = params;
    this.metas = inputs.map((input) => input.meta);
    this.meta = op.infer(this.metas, params);
    this.trace = trace;
  }

  get key(): string {
    this.#key ??= hashOf([this.op.name, this.params, this.inputs.map((input) => input.key)]);
    return this.#key;
  }

  over(inputs: readonly Expr[]): Expr {
    if (inputs.every((input, i) => input === this.inputs[i])) return this;
    return new ExprNode(this.op, inputs, this.params, this.trace);
  }
}

/**
 * Makes a node; `op.infer` runs now and may throw. The type of the operation says how many inputs it takes. `origin` is
 * the node whose place in the user's program it takes over.
 */
export function makeExpr<P, I extends Inputs>(op: Op<P, I>, inputs: Each<I, Expr>, params: P, origin?: Expr): Expr {
  return new ExprNode(op, inputs, params, origin?.trace ?? traceHere());
}

/** Makes a node without a trace of the user's program. */
export function untracedExpr(op: Op, inputs: readonly Expr[], params: unknown): Expr {
  return new ExprNode(op, inputs, params, {});
}
