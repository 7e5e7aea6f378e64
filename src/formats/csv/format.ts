/** Tables of numbers in text: CSV, TSV and their like. */
import type { EncodedArray } from "../../data/encoded.js";
import type { ArrayReader, Format, OpenedArray, RefuseSigned } from "../format.js";
import { createCsvFile } from "./create.js";
import { openCsvFile } from "./open.js";
import type { CsvOptions } from "./options.js";
import { CsvReader } from "./reader.js";
import { csvWriter } from "./write.js";

/** Tables of text. */
export const csv = {
  open: async (path: string, options?: CsvOptions, refuseSigned?: RefuseSigned): Promise<OpenedArray> => {
    return { kind: "encoded", array: await openCsvFile(path, options, refuseSigned) };
  },
  create: createCsvFile,
  reader: (array: EncodedArray): ArrayReader => new CsvReader(array),
  writer: csvWriter,
} satisfies Format;
