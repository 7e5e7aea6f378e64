/**
 * Detects types that say something else than what is: a dtype that does not come out, an example of a doc comment or
 * of the README that does not compile, a method without its doc comment.
 *
 * One program of the compiler holds all examples and a line for each operation and dtype, as a user would write them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as chunkwise from "chunkwise";
import ts from "typescript";
import { beforeAll, expect, test } from "vitest";
import type { DType } from "#src/data/dtype";
import type { Defined, Example } from "#src/ops/definition";
import * as operations from "#src/ops/index";

const root = fileURLToPath(new URL("../..", import.meta.url)).replaceAll("\\", "/");
const { dtypes, ones } = chunkwise;
const publicNames = Object.keys(chunkwise);

/** What examples speak of without saying what it is. */
const known = `
  declare const x: ChunkedArray<"float64">, y: typeof x, a: typeof x, b: typeof x;
  declare const c: typeof x, q: typeof x, r: typeof x;
  declare const image: typeof x, images: typeof x, volume: typeof x;
  declare const spectrum: ChunkedArray<"complex128">, spectra: typeof spectrum;
  declare const means: NDArray<"float64">, matrix: typeof means, vector: typeof means;
  declare const table: import("apache-arrow").Table, progress: import("chunkwise").Progress;
`;

/**
 * The text of a file in which pieces of code stand, each in a function of its own. It imports the public names that
 * occur in it: to resolve all of them in every file takes the compiler long.
 */
function fileOf(
  pieces: readonly string[],
  { imported = [] as readonly string[], from = "", declared = known } = {},
): string {
  const functions = pieces.map((code) => `export async function _() {\n${code.replace(/^import .*$/gm, "")}\n}`);
  const code = [declared, ...functions].join("\n").replaceAll("function _()", () => `function _${counter++}()`);
  const words = new Set(code.match(/\w+/g));
  const names = publicNames.filter((name) => words.has(name) && !imported.includes(name) && name !== "var");
  return [
    `import { ${names.join(", ")} } from "chunkwise";`,
    ...(imported.length > 0 ? [`import { ${imported.join(", ")} } from ${JSON.stringify(from)};`] : []),
    code,
  ].join("\n");
}
let counter = 0;

/** The examples of doc comments, as a file for each module that has some. */
function exampleFiles(): [name: string, text: string][] {
  const names = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const modules = names.map((name) => name.replaceAll("\\", "/")).filter((name) => name.endsWith(".ts"));
  return modules.sort().flatMap((name): [string, string][] => {
    const text = readFileSync(join(root, "src", name), "utf8");
    const examples = Array.from(text.matchAll(/\/\*\*(?:(?!\*\/)[\s\S])*\*\//g)).flatMap(([comment]) =>
      comment
        .replace(/^\/\*\*|\*\/$/g, "")
        .replace(/^\s*\* ?/gm, "")
        .split(/^@/m)
        .filter((tag) => tag.startsWith("example"))
        .map((tag) => tag.slice("example".length)),
    );
    // the examples of an internal module speak of what it exports
    const exported = Array.from(
      text.matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm),
      ([, own]) => own!,
    );
    const internal = exported.filter((own) => /^(formats|diagnostics)\//.test(name) && own !== "progressBar");
    const from = `#src/${name.replace(/\.ts$/, "")}`;
    return examples.length === 0 ? [] : [[`examples/${name}`, fileOf(examples, { imported: internal, from })]];
  });
}

/** The blocks of code in the README: the first is a program, the others are pieces. */
function readmeFiles(): [name: string, text: string][] {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const [program, ...pieces] = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```/gm), ([, code]) => code!);
  return [
    ["readme-program.ts", program!],
    ["readme-pieces.ts", fileOf(pieces)],
  ];
}

type Call = (...args: unknown[]) => { readonly dtype: DType };

/** A line that compiles if the type of a call allows the dtype that comes out. */
function line(call: string, actual: DType): string {
  return `{ const result = ${call}; const dtype: (typeof result)["dtype"] = "${actual}"; void dtype; }`;
}

/** The arrays of the lines, by what makes them: the compiler works out the type of each once. */
const arrays = new Map<string, string>();

function array(dtype: DType, shape: readonly number[] = [2, 2]): string {
  const made = `ones([${shape.join(", ")}], { dtype: "${dtype}" })`;
  const name = arrays.get(made) ?? `array${arrays.size}`;
  arrays.set(made, name);
  return name;
}

/** An example of an operation as a method and as a function; null where it is not called on arrays alone. */
function exampleLines(name: string, call: Call, { shapes, args, dtype = "float64", ...example }: Example): string[] {
  if (example.list || example.before !== undefined || shapes[0] === undefined) return [];
  const isArray = (arg: unknown): arg is { readonly array: number } =>
    typeof arg === "object" && arg !== null && "array" in arg;
  const values = args.map((arg) => (isArray(arg) ? ones(shapes[arg.array]!, { dtype }) : arg));
  const actual = call(ones(shapes[0], { dtype }), ...values).dtype;
  const texts = args.map((arg) => (isArray(arg) ? array(dtype, shapes[arg.array]) : JSON.stringify(arg)));
  const x = array(dtype, shapes[0]);
  return [
    line(`${x}.${name}(${texts.join(", ")})`, actual),
    line(`operations.${name}(${[x, ...texts].join(", ")})`, actual),
  ];
}

/** Every operation over every dtype that it takes. */
function operationLines(): string[] {
  return Object.entries(operations as Readonly<Record<string, unknown>>).flatMap(([name, operation]) => {
    const call = operation as Call & Defined;
    const { family, arity, accepts, examples, reduce } = call.definition;
    const simple =
      family === "elementwise" ? arity === 1 || arity === 2 : family === "reduction" && reduce === undefined;
    const lines = dtypes.flatMap((dtype) => {
      if (!simple || !accepts(dtype)) return [];
      const x = ones([2, 2], { dtype });
      const others = arity === 2 ? [x] : [];
      const text = [array(dtype), ...others.map(() => array(dtype))].join(", ");
      return [
        line(`${array(dtype)}.${name}(${others.map(() => array(dtype)).join(", ")})`, call(x, ...others).dtype),
        line(`operations.${name}(${text})`, call(x, ...others).dtype),
        ...(arity === 2 ? [line(`${array(dtype)}.${name}(1)`, call(x, 1).dtype)] : []),
        ...(arity === 2 ? [line(`${array("int8")}.${name}(${array(dtype)})`, mixed(call, dtype))] : []),
      ];
    });
    return [...lines, ...examples.flatMap((example) => exampleLines(name, call, example))];
  });
}

/** The dtype of int8 with another one; that one where the operation does not take int8. */
function mixed(call: Call, dtype: DType): DType {
  try {
    return call(ones([2, 2], { dtype: "int8" }), ones([2, 2], { dtype })).dtype;
  } catch (error) {
    expect((error as Error).name).toBe("DTypeError");
    return "bool";
  }
}

/** What a user may rely on. A line under an expected error must not compile. */
const promises = `
  type Same<T, U> = [T, U] extends [U, T] ? [] : ["the types differ"];
  const exactly = <T>() => <U>(value: U, ...same: Same<T, U>) => void [value, same];
  const known = await openNpy<"float64">("x.npy").mean(0).compute();
  exactly<NDArray<"float64">>()(known);
  exactly<Float64Array>()(known.data);
  exactly<number>()(known.get(0));
  exactly<number>()((await x.sum().compute()).item());
  exactly<bigint>()((await x.argmax().compute()).item());
  exactly<boolean>()((await x.isnan().any().compute()).item());
  exactly<NDArray<"float32">>()(await x.astype("float32").add(1).sqrt().T.slice([0]).compute());
  exactly<Float32Array>()((await zeros([3], { dtype: "float32" }).compute()).data);
  exactly<BigInt64Array>()((await fromArray([[1n]]).compute()).data);
  exactly<Float64Array>()((await fromArray([[1, 2], [3, 4]]).compute()).data);
  exactly<Uint16Array>()((await fromArray(new Uint16Array(3)).compute()).data);
  exactly<Int32Array>()((await fromArray([1, 2], { dtype: "int32" }).compute()).data);
  exactly<NDArray<"float64">>()(await fromArray(known).compute());
  exactly<NDArray<"float64">>()(await full([3], 7).compute());
  exactly<NDArray<"int64">>()(await full([3], 7n).compute());
  exactly<{ readonly re: number; readonly im: number }>()((await fft.fft(x).compute()).get(0));
  exactly<NDArray<"float64">>()(await linalg.svdvals(spectrum).compute());
  exactly<NDArray<"float64">>()(await linalg.solve(a, b).compute());
  const [low, high] = await compute([x.min(0), x.argmin(0)]);
  exactly<NDArray<"float64">>()(low);
  exactly<NDArray<"int64">>()(high);
  for await (const { block } of x.blocks()) exactly<Float64Array>()(block.data);
  exactly<"float64">()(x.dtype);
  const unknown = openNpy("x.npy");
  exactly<TypedArray>()((await unknown.compute()).data);
  exactly<number | bigint | boolean | Complex>()((await unknown.compute()).get(0));
  exactly<boolean>()((await unknown.equal(1).compute()).get(0));
  exactly<NDArray<"float64">>()(await x.subtract(known).compute());
  const [ofArray, ofTyped, ofLists] = await compute([known, new Float32Array(2), [[1n], [2n]]]);
  exactly<NDArray<"float64">>()(ofArray);
  exactly<NDArray<"float32">>()(ofTyped);
  exactly<NDArray<"int64">>()(ofLists);
  explain([known, new Int8Array(2), [1, 2]]);
  await store([known, [1, 2]], [toNpy("x.npy"), toNpy("y.npy")]);
  await saveNpz("x.npz", { known, typed: new Float32Array(2), list: [[1, 2], [3, 4]] });
  void (await toArrowTable([1, 2]));
  x.histogram({ bins: known });
  exactly<ChunkedArray<"float32">>()(mapBlocks((p, q) => [p.data[0]! * q.data[0]!], [new Float32Array(1), known]));
  exactly<ChunkedArray<"float64">>()(mapBlocks((p, q) => [p.data[0]! * q.data[0]!], [x, [1, 2]]));
  exactly<number>()((await sum([1, 2]).compute()).item());
  exactly<ChunkedArray<"float32">>()(sqrt(new Float32Array(2)));
  exactly<ChunkedArray<"int64">>()(nanargmin(known));
  exactly<ChunkedArray>()(add([1, 2], [3, 4]));
  exactly<ChunkedArray>()(linalg.inv([[1, 2], [3, 4]]));
  exactly<ChunkedArray>()(histogram([1, 2]).counts);
  exactly<ChunkedArray>()(reshape([1, 2], [2, 1]));
  exactly<typeof x>()(x.clip());
  exactly<typeof x>()(x.clip(0));
  exactly<typeof x>()(clip(x, null, 1));
  exactly<typeof x>()(x.trace());
  exactly<ChunkedArray<"int64">>()(x.astype("int8").trace({ offset: 1 }));
  exactly<ChunkedArray<"float32">>()(x.trace({ dtype: "float32" }));
  exactly<ChunkedArray<"int32">>()(linalg.trace(x, { dtype: "int32" }));
  const forgotten: ChunkedArray = x;
  const forgottenResult: NDArray = known;
  // @ts-expect-error the dtype is not known
  const wrong: ChunkedArray<"float64"> = unknown;
  // @ts-expect-error so the element may be a bigint
  const number: number = (await unknown.sum().compute()).item();
  // @ts-expect-error two dtypes that differ, whose common one is not said
  const mixed: ChunkedArray<"float64"> = x.add(x.astype("float32"));
  configure({ backend: "wasm" });
  void [forgotten, forgottenResult, wrong, number, mixed];
`;

let program: ts.Program;
const folder = `${root}test/types/`;
const files = new Map<string, string>();

beforeAll(() => {
  const more = `import type { Complex, TypedArray } from "chunkwise"; import * as operations from "#src/ops/index";\n`;
  const lines = operationLines();
  const declared = Array.from(arrays, ([made, name]) => `const ${name} = ${made};`).join("\n");
  const all: [string, string][] = [
    ...exampleFiles(),
    ...readmeFiles(),
    ["operations.ts", more + fileOf(lines, { declared })],
    ["promises.ts", more + fileOf([promises])],
  ];
  for (const [name, text] of all) files.set(folder + name, text);
  const options: ts.CompilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts"],
    types: ["node"],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    paths: { chunkwise: [`${root}src/index.ts`] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, ...more) => {
    const text = files.get(name);
    return text === undefined ? getSourceFile(name, ...more) : ts.createSourceFile(name, text, ts.ScriptTarget.ES2022);
  };
  program = ts.createProgram([...files.keys(), `${root}types/webassembly.d.ts`], options, host);
});

/** The errors in files whose names begin so, each with its line. */
function errorsIn(start: string): string[] {
  return [...files.keys()]
    .filter((name) => name.startsWith(folder + start))
    .flatMap((name) => {
      const file = program.getSourceFile(name)!;
      return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map((found) => {
        const { line } = file.getLineAndCharacterOfPosition(found.start ?? 0);
        const message = ts.flattenDiagnosticMessageText(found.messageText, "\n").slice(0, 200);
        return `${name.slice(folder.length)}: ${file.text.split("\n")[line]?.trim()}: ${message}`;
      });
    });
}

test("every example of a doc comment compiles", () => {
  expect(files.size).toBeGreaterThan(40);
  expect(errorsIn("examples/")).toEqual([]);
});

test("the programs of the README compile under strict with noUncheckedIndexedAccess", () => {
  expect(errorsIn("readme-")).toEqual([]);
});

test("the type of every operation allows the dtype that comes out, for every dtype", () => {
  expect(errorsIn("operations")).toEqual([]);
});

test("arrays know their dtype where it is said, and only there", () => {
  expect(errorsIn("promises")).toEqual([]);
});

test("every method has its doc comment where an editor looks for it", () => {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(`${folder}promises.ts`)!;
  const declared = file.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations]);
  const [x] = declared.filter(({ name }) => name.getText(file) === "x");
  const properties = checker.getTypeAtLocation(x!).getProperties();
  const functions = ["concat", "einsum", "multiDot", "stack"];
  const names = properties.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([...Object.keys(operations).filter((name) => !functions.includes(name)), "compute"]),
  );
  const silent = properties.filter(
    (property) =>
      !/^(__@|#)/.test(property.name) && ts.displayPartsToString(property.getDocumentationComment(checker)) === "",
  );
  expect(silent.map(({ name }) => name)).toEqual([]);
});
