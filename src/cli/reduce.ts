/** `chunkwise mean FILE` and the like: a file reduced over some or all of its axes. */
import { toDType } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { open } from "../index.js";
import { type Arguments, given, type OptionTable } from "./arguments.js";
import { type Command, type Context, computeOptions, computeTable } from "./command.js";
import { arrayTable, openInput, openTable } from "./input.js";
import { checkResult, overwriteTable, resultFormat, saveResult } from "./output.js";

const dtype = { dtype: { value: "DTYPE", help: "dtype of the result, such as float64" } } as const;
const ddof = { ddof: { value: "N", help: "divide by the number of elements minus N; default: 0" } } as const;

/** The most elements that are printed as JSON: the text of more would not fit into a string. */
const mostInJSON = 1e7;

function reduceCommand(
  name: "mean" | "sum" | "std" | "var" | "min" | "max",
  summary: string,
  own: OptionTable,
): Command {
  const run = async (args: Arguments, context: Context): Promise<void> => {
    const { file } = args;
    const [out, json, dtypeName] = [args.text("out"), args.flag("json"), args.text("dtype")];
    if (out !== undefined) checkResult(args, out);
    const options = computeOptions(args, context);
    const axes = args.wholes("axis", /,/, "0 or 0,1") ?? null;
    const result = (await openInput(args, file))[name](axes, {
      keepdims: args.flag("keepdims"),
      ...given({
        ddof: args.whole("ddof"),
        dtype: dtypeName === undefined ? undefined : toDType(dtypeName, args.place("dtype")),
      }),
    });
    if (json && result.size > mostInJSON) {
      throw new ArgumentError(
        `${name}: ${result.size} elements are too many for --json; write them to a file with --out`,
      );
    }
    if (out !== undefined) await saveResult(args, result, out, options);
    if (out !== undefined && !json) return;
    // a saved result is not computed again
    const array = out === undefined ? await result.compute(options) : await (await open(out)).compute();
    await context.print(json ? JSON.stringify(array) : String(array));
  };
  const options: OptionTable = {
    ...arrayTable,
    axis: { value: "N[,M]", help: "axis or axes to reduce, -1 for the last; default: all" },
    ...own,
    keepdims: { help: "keep the reduced axes with length 1" },
    json: { help: 'print one JSON object: {"shape":[...],"dtype":"...","data":[...]}' },
    out: {
      value: `FILE${resultFormat.ending}`,
      help: `write the result to ${resultFormat.file}; without --json print nothing`,
    },
    ...overwriteTable,
    ...computeTable,
    ...openTable,
  };
  return { name, summary, options, run };
}

/** The commands that reduce. */
export const reduceCommands: readonly Command[] = [
  reduceCommand("mean", "arithmetic mean", dtype),
  reduceCommand("sum", "sum", dtype),
  reduceCommand("std", "standard deviation", { ...ddof, ...dtype }),
  reduceCommand("var", "variance", { ...ddof, ...dtype }),
  reduceCommand("min", "smallest element, or NaN if there is one", {}),
  reduceCommand("max", "largest element, or NaN if there is one", {}),
];
