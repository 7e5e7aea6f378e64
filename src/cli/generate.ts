/** `chunkwise generate FILE`: any amount of random numbers, the same for the same seed. */
import { toDType } from "../data/dtype.js";
import { ArgumentError } from "../data/errors.js";
import { random } from "../index.js";
import { given } from "./arguments.js";
import { type Command, chunksOf, computeOptions, computeTable } from "./command.js";
import { checkResult, overwriteTable, resultFormat, saveResult } from "./output.js";

/** The command `generate`. */
export const generateCommand: Command = {
  name: "generate",
  summary: `write ${resultFormat.file} of random numbers`,
  options: {
    shape: { value: "NxM", help: "length of each axis, such as 1000000x1024" },
    dtype: { value: "DTYPE", help: "float64 (default) or float32" },
    seed: { value: "N", help: "equal seeds give equal files; default: 0" },
    distribution: { value: "NAME", help: "uniform (default: 0 to 1) or normal (mean 0, standard deviation 1)" },
    chunks: { value: "NxM", help: "size of a chunk, -1 for a whole axis; default: auto" },
    ...overwriteTable,
    ...computeTable,
  },
  async run(args, context) {
    const { file } = args;
    checkResult(args, file);
    const shape = args.wholes("shape", /x/i, "1000000x1024");
    if (shape === undefined) throw new ArgumentError("generate: needs --shape, such as --shape 1000000x1024");
    const draw = random[args.choice("distribution", ["uniform", "normal"]) ?? "uniform"];
    const dtype = toDType(args.text("dtype") ?? "float64", args.place("dtype"));
    const x = draw(shape, { dtype, seed: args.whole("seed") ?? 0, ...given({ chunks: chunksOf(args) }) });
    await saveResult(args, x, file, computeOptions(args, context));
  },
};
