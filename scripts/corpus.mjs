// @ts-check
/** `npm run corpus -- FOLDER…`: everything that test/corpus/main.mjs needs, then that. */
import { resolve } from "node:path";
import { build, install, node, python, script } from "./setup.mjs";

script(() => {
  install();
  build();
  const env = { CHUNKWISE_PYTHON: python({ packages: "test" }) };
  return node(["test/corpus/main.mjs", ...process.argv.slice(2).map((folder) => resolve(folder))], env);
});
