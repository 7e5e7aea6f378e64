/** The subscripts of an Einstein sum, such as `"ij,jk->ik"`: parsed, and compared with the shapes of the arrays. */
import { axesText } from "../../data/axes.js";
import { ArgumentError, ShapeError } from "../../data/errors.js";
import { at, zip } from "../../data/lists.js";
import { shown } from "../../data/shown.js";

/** The letters of each array and of the result, an ellipsis as labels of its own. */
interface Subscripts {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

function refuse(subscripts: unknown, problem: string): never {
  throw new ArgumentError(`einsum: ${shown(subscripts)}: ${problem}`);
}

const isTerm = /^([A-Za-z]*)(\.\.\.)?([A-Za-z]*)$/;

/** The labels of a term; `...` stands for `count` axes, numbered from the last. */
function labelsOf(term: string, count: number): string[] {
  const [, before = "", dots, after = ""] = isTerm.exec(term) ?? [];
  const ellipsis = dots === undefined ? [] : Array.from({ length: count }, (_, i) => `...${count - 1 - i}`);
  return [...before, ...ellipsis, ...after];
}

export function parse(subscripts: unknown, shapes: readonly (readonly number[])[]): Subscripts {
  if (typeof subscripts !== "string") refuse(subscripts, 'subscripts must be a string such as "ij,jk->ik"');
  const [left = "", right, more] = subscripts.replaceAll(/\s/g, "").split("->");
  const terms = left.split(",");
  if (more !== undefined) refuse(subscripts, "has more than one ->");
  const bad = [...terms, right ?? ""].find((term) => !isTerm.test(term));
  if (bad !== undefined) refuse(subscripts, `${shown(bad)} is not a list of letters`);
  if (terms.length !== shapes.length)
    refuse(subscripts, `names ${terms.length} arrays, and ${shapes.length} are given`);
  const letters = (term: string): number => term.replace("...", "").length;
  const inputs = zip(terms, shapes).map(([term, shape], i) => {
    const extra = shape.length - letters(term);
    if (term.includes("...") ? extra < 0 : extra !== 0) {
      refuse(subscripts, `${shown(term)} does not fit array ${i} of ${axesText(shape.length)}`);
    }
    return labelsOf(term, extra);
  });
  const known = new Set(inputs.flat());
  const dots = [...known].filter((label) => label.length > 1).sort((a, b) => Number(b.slice(3)) - Number(a.slice(3)));
  if (right === undefined) {
    const once = [...known].filter(
      (label) => label.length === 1 && inputs.flat().filter((other) => other === label).length === 1,
    );
    return { inputs, output: [...dots, ...once.sort()] };
  }
  const output = labelsOf(right, dots.length);
  const wrong = output.find((label, i) => !known.has(label) || output.indexOf(label) !== i);
  if (wrong !== undefined)
    refuse(subscripts, `the result's ${shown(wrong)} is ${known.has(wrong) ? "there twice" : "in no array"}`);
  return { inputs, output };
}

/** The length of each label; an axis of length 1 repeats. */
export function lengthsOf(
  subscripts: unknown,
  inputs: Subscripts["inputs"],
  shapes: readonly (readonly number[])[],
): Map<string, number> {
  const lengths = new Map<string, number>();
  for (const [i, [labels, shape]] of zip(inputs, shapes).entries()) {
    for (const [label, length] of zip(labels, shape)) {
      const before = lengths.get(label) ?? 1;
      const twice = labels.indexOf(label);
      const own = at(shape, twice);
      const fits = own === length && (length === before || length === 1 || before === 1);
      if (!fits) {
        const problem = `${label} is ${own === length ? before : own} long, and ${length} in array ${i}`;
        throw new ShapeError(`einsum: ${shown(subscripts)}: ${problem}`);
      }
      lengths.set(label, before === 1 ? length : before);
    }
  }
  return lengths;
}
