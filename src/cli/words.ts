/** Texts of a command line as values of options of opening. */
import type { openWords } from "../api/listing.js";
import { ArgumentError } from "../data/errors.js";
import { shown } from "../data/shown.js";

type Word = ReturnType<typeof openWords>[string];

/** The value of an option; `place` names it in messages. */
export function openValue(text: string, { option, form }: Word, place: string): unknown {
  const wrong = (expected: string): ArgumentError =>
    new ArgumentError(`${place} takes ${expected}; got ${shown(text)}`);
  switch (form) {
    case "whole":
      if (!/^\d+$/.test(text)) throw wrong("a whole number");
      return Number(text);
    case "value":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
    case "answer": {
      const answer = { yes: true, true: true, no: false, false: false, auto: "auto" }[text];
      if (answer === undefined) throw wrong("yes, no or auto");
      return answer;
    }
    case "character":
      return text === "none" ? "" : text === "\\t" ? "\t" : text;
    case "names":
      return listOf(text, wrong);
    case "columns": {
      const list = listOf(text, wrong).map((entry) => placeOf(entry, text));
      return option === "columns" ? list : list.length === 1 ? list[0] : text;
    }
    default:
      return text;
  }
}

/** The entries of a list: between commas, or of a JSON list, whose texts may hold anything. */
function listOf(text: string, wrong: (expected: string) => ArgumentError): unknown[] {
  if (!text.startsWith("[")) return text.split(",");
  try {
    return JSON.parse(text);
  } catch {
    throw wrong('names such as a,b, or a list in JSON such as ["a","b"]');
  }
}

/** The place of a column, where it is a whole number and not in quotes of JSON. */
function placeOf(entry: unknown, text: string): unknown {
  return typeof entry === "string" && !text.startsWith("[") && /^\d+$/.test(entry) ? Number(entry) : entry;
}
