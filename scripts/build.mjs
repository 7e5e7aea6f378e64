// @ts-check
/** `npm run build`: compiles src to dist, always. */
import { build, install, script } from "./setup.mjs";

script(() => {
  install();
  build({ force: true });
});
