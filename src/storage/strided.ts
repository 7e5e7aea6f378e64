export type { Encoding, StridedFile } from "../data/layout.js"; // for now: the lead moves the importers
