/**
 * A TypeDoc plugin: methods of ChunkedArray come from the table of operations by a mapped type, which carries their
 * types but not their comments; so each gets the comment of the function of its name.
 */
import { Converter, ReflectionKind } from "typedoc";

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const functions = new Map(project.children?.map((child) => [child.name, child]));
    for (const array of project.getReflectionsByKind(ReflectionKind.Class)) {
      if (array.name !== "ChunkedArray" || !("children" in array)) continue;
      for (const method of array.children ?? []) {
        const operation = functions.get(method.name);
        const comment = operation?.comment ?? operation?.signatures?.[0]?.comment;
        if (method.comment === undefined && comment !== undefined) method.comment = comment.clone();
      }
    }
  });
}
