/** `chunkwise histogram FILE`: how many elements lie in each bin. */
import { ArgumentError } from "../data/errors.js";
import { zip } from "../data/lists.js";
import { type ChunkedArray, type ComputeOptions, compute } from "../index.js";
import { given } from "./arguments.js";
import { type Command, computeOptions, computeTable } from "./command.js";
import { arrayTable, openInput, openTable } from "./input.js";

/** The least and the largest element, from one pass over the array. */
async function rangeOf(x: ChunkedArray, options: ComputeOptions): Promise<readonly [number, number]> {
  const [low, high] = await compute([x.min(), x.max()], options);
  const range = [Number(low.item()), Number(high.item())] as const;
  if (range.every(Number.isFinite)) return range;
  throw new ArgumentError("histogram: the array has elements that are not finite; give --range LOW,HIGH");
}

/** The command `histogram`. */
export const histogramCommand: Command = {
  name: "histogram",
  summary: "how many elements lie in each bin: its lower edge, its upper edge, the count",
  options: {
    ...arrayTable,
    bins: { value: "N", help: "bins of equal width; default: 10" },
    range: { value: "LOW,HIGH", help: "edges of the first and the last bin; default: least and largest element" },
    json: { help: 'print one JSON object: {"edges":[...],"counts":[...]}' },
    ...computeTable,
    ...openTable,
  },
  async run(args, context) {
    const options = computeOptions(args, context);
    const asked = args.numbers("range", "0,1");
    const x = await openInput(args, args.file);
    const [low, high] = asked ?? (await rangeOf(x, options));
    const { counts, edges } = x.histogram({ range: [low, high], ...given({ bins: args.whole("bins") }) });
    const { data } = await counts.compute(options);
    const numbers = Array.from<number | bigint, number>(data, Number);
    if (args.flag("json")) return context.print(JSON.stringify({ edges: [...edges], counts: numbers }));
    const rows = zip(numbers, [...edges].slice(0, -1)).map(([count, edge], bin) =>
      [edge, edges[bin + 1], count].join("\t"),
    );
    await context.print(rows.join("\n"));
  },
};
