// @ts-check
/** The head and the table that are printed: Markdown, so that both can be put into docs/performance.md. */
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

/**
 * A line of the table. `ours` and `peer` are values of `unit`; `target` is the ratio to reach, or, without a peer, the
 * most that `ours` may be.
 * @typedef {object} Line
 * @property {string} group
 * @property {string} name
 * @property {"s" | "bytes" | "µs" | "×"} unit
 * @property {number | null} ours
 * @property {number | null} bytesPerSecond
 * @property {number | null} peak our resident set, in bytes
 * @property {number | null} anonymous what of it is no page of a file
 * @property {string | null} peer its name and the way it went
 * @property {number | null} peerValue
 * @property {number | null} target
 * @property {boolean} [atMost] whether the target is a limit of `ours`, even where there is a peer
 * @property {string} [problem] instead of a verdict
 */

/** @param {Line} line @returns {number | null} */
export const ratioOf = ({ ours, peerValue }) => (ours === null || peerValue === null ? null : peerValue / ours);

/** Null where there is nothing to reach. @param {Line} line @returns {boolean | null} */
export function met(line) {
  const { target, ours, peerValue, problem, atMost = false } = line;
  if (problem !== undefined) return false;
  if (target === null || ours === null) return null;
  return atMost || peerValue === null ? ours <= target : peerValue / ours >= target;
}

/** @param {number} value @param {Line["unit"]} unit */
function format(value, unit) {
  if (unit === "bytes") return value < 10_000 ? `${value.toFixed(0)} B` : `${(value / 2 ** 20).toFixed(0)} MiB`;
  if (unit === "×") return `${value.toFixed(2)} ×`;
  if (unit === "µs") return `${value.toFixed(2)} µs`;
  return value < 1 ? `${(value * 1000).toPrecision(3)} ms` : `${value.toFixed(2)} s`;
}

/** @param {Line} line */
function cells(line) {
  const { group, name, unit, ours, bytesPerSecond, peak, anonymous, peer, peerValue, target, problem } = line;
  const { atMost = false } = line;
  const mebibytes = (/** @type {number | null} */ bytes) =>
    bytes === null ? "" : `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const ratio = ratioOf(line);
  const limit = atMost || peer === null;
  const goal = target === null ? "" : limit ? `≤ ${format(target, unit)}` : `≥ ${target}`;
  const verdict = met(line);
  return [
    `${group}: ${name}`,
    ours === null ? "" : format(ours, unit),
    bytesPerSecond === null ? "" : (bytesPerSecond / 1e9).toFixed(1),
    mebibytes(peak),
    mebibytes(anonymous),
    peer ?? "",
    peerValue === null ? "" : format(peerValue, unit),
    ratio === null ? "" : ratio.toFixed(2),
    goal,
    problem ?? (verdict === null ? "" : verdict ? "met" : "**not met**"),
  ];
}

const titles = ["row", "ours", "GB/s", "our peak RSS", "anonymous", "peer", "peer's time", "ratio", "target", ""];

/** @param {readonly Line[]} lines */
export function formatTable(lines) {
  const rows = [titles, ...lines.map(cells)];
  const widths = titles.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  /** @param {string[]} row */
  const join = (row) => `| ${row.map((cell, column) => pad(cell, column, widths[column] ?? 0)).join(" | ")} |`;
  const dashes = widths.map((width, column) => (right(column) ? `${"-".repeat(width + 1)}:` : "-".repeat(width + 2)));
  const rule = `|${dashes.join("|")}|`;
  return [join(titles), rule, ...rows.slice(1).map(join)].join("\n");
}

const right = (/** @type {number} */ column) => [1, 2, 3, 4, 6, 7, 8].includes(column);
const pad = (/** @type {string} */ cell, /** @type {number} */ column, /** @type {number} */ width) =>
  right(column) ? cell.padStart(width) : cell.padEnd(width);

/** The machine and what runs on it, in one line. @param {Record<string, string>} versions */
export function formatFacts(versions) {
  const [cpu] = cpus();
  const programs = Object.entries({ Node: process.version.slice(1), ...versions });
  return [
    `${availableParallelism()} cores (${cpu?.model.trim() ?? "unknown"})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `${process.platform} ${process.arch}`,
    ...programs.map(([name, version]) => `${name} ${version}`),
    `load ${loadavg()[0]?.toFixed(2)} at the start`,
  ].join(", ");
}
