/**
 * The architecture as a rule: which folder of src may import which others. A folder may always import itself and
 * `data`; a type-only import counts like any other. `index.ts` (the public names) and `api` may import everything.
 */
const allowed = {
  data: [],
  program: [],
  assembler: [],
  storage: [],
  formats: ["storage/", "assembler/"],
  native: [],
  routines: ["program/"],
  kernels: ["program/", "routines/", "assembler/", "native/location.ts", "native/threads.ts"],
  expr: ["program/"],
  ops: ["expr/", "program/"],
  optimize: ["expr/", "program/"],
  graph: ["expr/", "program/"],
  scheduler: ["graph/task.ts"],
  executors: [
    "graph/task.ts",
    "kernels/",
    "routines/",
    "storage/",
    "formats/",
    "program/",
    "native/pages.ts",
    "native/windows.ts",
  ],
  diagnostics: ["graph/", "expr/"],
  run: [
    "optimize/",
    "graph/",
    "scheduler/",
    "executors/",
    "storage/",
    "expr/",
    "diagnostics/",
    "kernels/index.ts",
    "native/pages.ts",
  ],
  cli: ["api/", "diagnostics/", "native/", "index.ts"],
};

/** Files that load another module only when it is needed: the registries, and what loads users' modules. */
const loaders = [
  "formats/[^/]+/(row|libraries).ts",
  "formats/hdf5/instance.ts",
  "kernels/index.ts",
  "executors/user-function.ts",
];

/** Files that nothing imports. */
const entries = ["index.ts", "cli/main.ts", "executors/threads/worker.ts", "formats/hdf5/attributes-worker.ts"];

const anyOf = (paths) => `^src/(${paths.map((path) => path.replaceAll(".", "\\.")).join("|")})`;
const exactly = (paths) => `${anyOf(paths)}$`;

const layers = Object.entries(allowed).map(([folder, others]) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} may import ${[`${folder}/`, "data/", ...others].join(", ")} only`,
  severity: "error",
  from: { path: anyOf([`${folder}/`]) },
  to: { path: "^src/", pathNot: anyOf([`${folder}/`, "data/", ...others]) },
}));

module.exports = {
  forbidden: [
    ...layers,
    {
      name: "known-folders",
      comment: "a file of src belongs to a folder of the table above, to api, or is index.ts",
      severity: "error",
      from: {
        path: "^src/",
        pathNot: anyOf([...Object.keys(allowed).map((folder) => `${folder}/`), "api/", "index.ts"]),
      },
      to: {},
    },
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: exactly(entries) }, to: {} },
    {
      name: "no-dynamic-import",
      comment: "only a registry loads lazily",
      severity: "error",
      from: { path: "^src/", pathNot: exactly(loaders) },
      to: { dynamic: true },
    },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "no-dev-dependency",
      comment:
        "what a user installs must be a dependency; type-only imports are for the compiler alone, and periscopic is " +
        "bundled",
      severity: "error",
      from: { path: "^src/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["type-only"],
        pathNot: "/periscopic/",
      },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    // as Node resolves an import: some packages have nothing for require
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default"],
    },
  },
};

// for scripts/import-table.mjs; dependency-cruiser itself accepts no key that it does not know, and does not see this
// one
Object.defineProperty(module.exports, "layers", { value: allowed });
