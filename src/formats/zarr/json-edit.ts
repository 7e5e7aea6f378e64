/**
 * Changes to documents of JSON. A document is changed as text, in one place.
 *
 * Invariant: the rest of the text says the same to every reader; `1.0` and `NaN` in somebody's attributes too.
 */
import { InternalError } from "../../data/errors.js";
import type { Document } from "./json.js";

/** A member of an object: where its key is in the text, and where its value begins and ends. */
interface Member {
  readonly key: string;
  readonly start: number;
  value: number;
  end: number;
}

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}:,]|[^\s[\]{}:,"]+/gs;

/** The members of the object that begins with the brace at an index of a text that is valid JSON. */
function membersAt(text: string, brace: number): Member[] {
  const members: Member[] = [];
  let [depth, member]: [number, Member | undefined] = [0, undefined];
  for (const { 0: token, index } of text.slice(brace).matchAll(tokens)) {
    const at = brace + index;
    if (token === "}" || token === "]") depth--;
    if (depth === 0 && members.length + index > 0) break;
    if (depth === 1) {
      if (token === ",") member = undefined;
      else if (member === undefined) {
        member = { key: String(JSON.parse(token)), start: at, value: 0, end: 0 };
        members.push(member);
      } else if (token !== ":") {
        member.value ||= at;
        member.end = at + token.length;
      }
    }
    if (token === "{" || token === "[") depth++;
  }
  return members;
}

/**
 * The text of a document in which one member has another value, is new, or (if `value` is undefined) is gone.
 *
 * @param path the keys that lead to it; all but the last name objects that exist
 * @param value a text of JSON
 * @param isBeside which members a new one is put behind; without any, it is the last of all
 */
export function withMember(
  { text }: Document,
  path: readonly string[],
  value: string | undefined,
  isBeside: (key: string) => boolean = () => false,
): string {
  const put = (from: number, to: number, added = ""): string => text.slice(0, from) + added + text.slice(to);
  let brace = text.indexOf("{");
  for (const key of path.slice(0, -1)) {
    const object = membersAt(text, brace).findLast((member) => member.key === key);
    if (object === undefined) throw new InternalError(`internal error: the document has no member ${key}`);
    brace = object.value;
  }
  const members = membersAt(text, brace);
  const key = path.at(-1) ?? "";
  const found = members.findLastIndex((member) => member.key === key);
  const [member, before] = [members[found], members[found - 1]];
  if (value === undefined) {
    if (member === undefined) return text;
    return before === undefined ? put(member.start, members[1]?.start ?? member.end) : put(before.end, member.end);
  }
  if (member !== undefined) return put(member.value, member.end, value);
  const added = `${JSON.stringify(key)}: ${value}`;
  const place = members.findLast((other) => isBeside(other.key)) ?? members.at(-1);
  return place === undefined ? put(brace + 1, brace + 1, added) : put(place.end, place.end, `, ${added}`);
}
