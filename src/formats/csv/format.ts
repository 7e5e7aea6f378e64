/** Tables of numbers in text: CSV, TSV and their like. */
import type { EncodedArray } from "../../data/encoded.js";
import type { ArrayReader, Format } from "../format.js";
import { createCsvFile } from "./create.js";
import { openCsvFile } from "./open.js";
import { CsvReader } from "./reader.js";
import { csvWriter } from "./write.js";

/** The row of the table of formats. */
export const csv = {
  reader: (array: EncodedArray): ArrayReader => new CsvReader(array),
  writer: csvWriter,
  open: openCsvFile,
  create: createCsvFile,
} satisfies Format & Record<"open" | "create", unknown>;
