/**
 * Modules of several functions, whose bodies are written as statements on values (value.ts): assignments to variables,
 * conditions, loops and branches.
 *
 *     module.function("count", "i32", (body) => {
 *       const [from, to] = [body.parameter("i32"), body.parameter("i32")];
 *       const sum = body.let(i32(0));
 *       body.while(from.lt(to), () => { … });
 *       body.return(sum);
 *     });
 *
 * Invariant: branches name their target by a label, so code that nests deeper later on still reaches it.
 */
import { encodeModule, type FunctionParts, type ImportedFunction, type Step, type ValueType } from "./encoder.js";
import { asValue, type Callable, opcode, step, Value, type ValueLike } from "./value.js";

/** A variable of a function. */
export class Local extends Value {
  readonly #body: Body;
  readonly #index: number;

  constructor(type: ValueType, index: number, body: Body) {
    super(type, [step("local.get", index)]);
    this.#body = body;
    this.#index = index;
  }

  set(value: ValueLike): void {
    this.#body.emit(...asValue(this.type, value).steps, step("local.set", this.#index));
  }
}

/** The target of a branch: the end of a block, or the beginning of a loop. */
export interface Label {
  readonly depth: number;
}

/** A function while it is written. */
export class Body {
  readonly #result: ValueType | undefined;
  readonly #parameters: ValueType[] = [];
  readonly #locals: ValueType[] = [];
  readonly #steps: Step[] = [];
  #depth = 0;

  constructor(result: ValueType | undefined) {
    this.#result = result;
  }

  emit(...steps: readonly Step[]): void {
    for (const each of steps) this.#steps.push(each);
  }

  /** The next parameter of the function. All are declared before the first local. */
  parameter(type: ValueType): Local {
    if (this.#locals.length > 0) throw new Error("a parameter is declared after a local");
    return new Local(type, this.#parameters.push(type) - 1, this);
  }

  /** A new variable, which begins as 0. */
  local(type: ValueType): Local {
    return new Local(type, this.#parameters.length + this.#locals.push(type) - 1, this);
  }

  /** A new variable with a value. */
  let(value: Value): Local {
    const local = this.local(value.type);
    local.set(value);
    return local;
  }

  #nested(write: (label: Label) => void): void {
    this.#depth++;
    write({ depth: this.#depth });
    this.#depth--;
  }

  if(condition: Value, then: () => void, otherwise?: () => void): void {
    this.emit(...condition.steps, step("if"));
    this.#nested(then);
    if (otherwise !== undefined) {
      this.emit(step("else"));
      this.#nested(otherwise);
    }
    this.emit(step("end"));
  }

  block(body: (end: Label) => void): void {
    this.emit(step("block"));
    this.#nested(body);
    this.emit(step("end"));
  }

  /** Code that runs once, and again whenever it branches to its beginning. */
  loop(body: (again: Label) => void): void {
    this.emit(step("loop"));
    this.#nested(body);
    this.emit(step("end"));
  }

  while(condition: Value, body: (end: Label) => void): void {
    this.block((end) => {
      this.loop((again) => {
        this.branch(end, condition.not());
        body(end);
        this.branch(again);
      });
    });
  }

  branch(label: Label, condition?: Value): void {
    const depth = this.#depth - label.depth;
    if (condition === undefined) this.emit(step("br", depth));
    else this.emit(...condition.steps, step("br_if", depth));
  }

  /** Leaves the function, with a value if it has a result. */
  return(value?: ValueLike): void {
    if (this.#result !== undefined && value !== undefined) this.emit(...asValue(this.#result, value).steps);
    this.emit(step("return"));
  }

  /** Stores the lowest 1, 2, 4 or 8 bytes of an integer. */
  store(bytes: number, address: ValueLike, value: Value, offset = 0): void {
    const whole = bytes === (value.type === "i64" ? 8 : 4);
    const name = opcode(`${value.type}.store${whole ? "" : 8 * bytes}`);
    this.emit(...asValue("i32", address).steps, ...value.steps, step(name, offset));
  }

  /** The function, as the encoder takes it. */
  parts(name: string): FunctionParts {
    const common = { name, parameters: this.#parameters, locals: this.#locals };
    if (this.#result === undefined) return { ...common, steps: this.#steps };
    // A function with a result returns before its end; the engine has to know that.
    return { ...common, result: this.#result, steps: [...this.#steps, step("unreachable")] };
  }
}

/** A module over a private memory. It imports functions, and exports all functions of its own. */
export class Module {
  readonly #imports: ImportedFunction[] = [];
  readonly #functions: FunctionParts[] = [];

  /** A function of the host. All imports are declared before the first function of the module. */
  import(name: string, parameters: readonly ValueType[], result: ValueType): Callable {
    const index = this.#imports.push({ name, parameters, result }) - 1;
    return { index, parameters, result };
  }

  /** Adds a function; `write` writes its body. */
  function(name: string, result: ValueType | undefined, write: (body: Body) => void): Callable {
    const body = new Body(result);
    write(body);
    const parts = body.parts(name);
    const index = this.#imports.length + this.#functions.push(parts) - 1;
    return { index, ...parts };
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return encodeModule({ memory: "private", imports: this.#imports, functions: this.#functions });
  }
}
