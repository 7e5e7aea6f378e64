/** Parts of Arrow that need a library, loaded when a file needs them. */
import { once } from "../once.js";

/** The reader of the metadata of batches, with Arrow's own accessors. */
export const loadMessages = once(() => import("./message.js"));

/** What makes Arrow tables in memory of arrays, and arrays of tables; it needs the whole of a library. */
export const loadArrowTables = once(() => import("./tables.js"));
