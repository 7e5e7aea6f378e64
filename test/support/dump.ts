/** Lowered graphs as text that a reviewer can read: groups of tasks, what they load, what they run, in which order. */
import { formatBytes } from "#src/data/bytes";
import { type Box, countsOf, type View } from "#src/data/region";
import type { Graph } from "#src/graph/graph";
import type { GroupPiece } from "#src/graph/group";
import type { FoldProgram, Loop, MapProgram } from "#src/program/loop";

const axisText = ({ dim, start, step }: View[number]): string => {
  if (dim < 0 || step === 0) return String(start);
  const moving = `${step === 1 ? "" : step === -1 ? "−" : `${step}·`}d${dim}`.replace("-", "−");
  if (start === 0) return moving;
  return step < 0
    ? `${start}${moving.startsWith("−") ? moving : `+${moving}`}`
    : `${moving}${start < 0 ? "−" : "+"}${Math.abs(start)}`;
};

const boxText = (box: Box): string => `[${box.map(({ start, stop }) => `${start}:${stop}`).join(", ")}]`;

/** The instructions that compute, each once, in order. */
function loopText({ body }: Pick<Loop, "body">): string {
  const words = body.flatMap((instruction) => {
    if (instruction.op === "input") return [];
    if (instruction.op === "const") return [String(instruction.value)];
    return [instruction.op === "cast" ? `${instruction.dtype}()` : instruction.op];
  });
  return words.length > 12 ? `${words.slice(0, 12).join(" ")} … ${words.length}` : words.join(" ") || "as it is";
}

function programText(program: MapProgram | FoldProgram): string {
  if (program.kind === "map")
    return `map ${program.loop.results.map(({ dtype }) => dtype).join("+")}: ${loopText(program.loop)}`;
  const { tile, state, careful, finish } = program;
  const loops = "passes" in tile ? tile.passes.map(({ loop }) => loop) : [tile];
  const passes = loops.map((loop) => `${loopText(loop)}${loop.merge ? ` by ${loopText(loop.merge)}` : ""}`).join(" | ");
  const ends = ["passes" in tile && "absorb", careful && "careful", finish && `finish ${loopText(finish)}`];
  return `fold ${state.join("+")}: ${[passes, ...ends.filter(Boolean)].join(", ")}`;
}

function pieceText({ box, leaves, runs }: Pick<GroupPiece, "box" | "leaves"> & Partial<GroupPiece>): string[] {
  return [
    `    piece ${boxText(box)}`,
    ...leaves.map(({ expr, view }) => `      load ${expr.op.name} at (${view.map(axisText).join(", ")})`),
    ...(runs ?? []).map(({ member, program }) => `      run ${member}: ${programText(program)}`),
  ];
}

/** A graph as text. */
export function dump(graph: Graph): string {
  const { table, job } = graph;
  const groups = graph.summary().flatMap(({ group, tasks }) => {
    const [first] = group.members;
    const gathers = first!.gathers.flatMap((pieces, i) => [
      `    input ${i}`,
      ...pieces.flatMap((piece) => pieceText(piece)),
    ]);
    const members = group.members.map(({ expr }) => `${expr.op.name} [${expr.meta.shape.join(", ")}]`).join(", ");
    return [`  ${tasks} × ${members}`, ...group.pieces.flatMap(pieceText), ...gathers];
  });
  const order = [...table.order].map((id) => {
    const [made] = graph.makes(id);
    return `${made!.expr.op.name}[${made!.block.join(",")}]${countsOf(made!.box).includes(0) ? "∅" : ""}`;
  });
  return [
    `${table.tasks} tasks, ${table.reads.size} reads, ${job.programs.length} programs, ${job.routines.length} routines`,
    `${formatBytes(graph.bytesToRead)} to read, ${graph.points} points, ` +
      `${formatBytes(table.bytes.reduce((sum, bytes) => sum + bytes, 0))} of chunks`,
    ...groups,
    `order: ${order.slice(0, 24).join(" ")}${order.length > 24 ? " …" : ""}`,
  ].join("\n");
}
