import { layers } from "../../layers.config.mjs";

/** The folder of a layer: `ngflow` is the app, everything else a package. */
function folderOf(name) {
  return name === "ngflow" ? "apps/ngflow" : `packages/${name}`;
}

const TESTS = "[.](test|bench)[.]ts$|/testing/";

/**
 * Files that may refer to each other by type only. The model of the graph is mutual, as it is in FreeBSD's
 * `netgraph.h`.
 */
const MUTUAL = {
  model: "^packages/graph/src/(hook|node|node-type)[.]ts$",
};

/** One rule per layer: it may reach its own folder and the layers its row names, no other ngflow package. */
function directionRules() {
  return Object.entries(layers).map(([name, { may }]) => ({
    name: `direction-${name}`,
    severity: "error",
    comment: `${folderOf(name)} may import ${may.length === 0 ? "no other package" : may.join(", ")} (layers.config.mjs).`,
    from: { path: `^${folderOf(name)}/` },
    to: { path: "^(packages|apps)/", pathNot: [name, ...may].map((each) => `^${folderOf(each)}/`) },
  }));
}

const neutral = Object.entries(layers)
  .filter(([, { runtime }]) => runtime === "neutral")
  .map(([name]) => name);

/**
 * What dependency-cruiser forbids: derived from `layers.config.mjs`, but for the two native dependencies.
 * @param {readonly string[]} entries the modules that the packages' `exports` name, relative to the checkout
 */
export const forbidden = (entries) => [
  ...directionRules(),
  {
    name: "no-deep-import",
    severity: "error",
    comment: "Another package is reached by its name and its public index, never by a path into its sources.",
    from: { path: "^(packages|apps)/([^/]+)/" },
    to: {
      path: "^(packages|apps)/",
      pathNot: ["^$1/$2/", ...entries.map((each) => `^${each.replaceAll(".", "[.]")}$`)],
    },
  },
  {
    name: "console-client-only",
    severity: "error",
    comment: "The console runs in a browser: of the server it may import the typed client only.",
    from: { path: "^packages/console/" },
    to: { path: "^packages/server/", pathNot: "^packages/server/src/client/" },
  },
  {
    name: "no-cycle",
    severity: "error",
    comment: "Modules that import each other cannot be loaded, tested or read one by one; types count as well.",
    from: { pathNot: Object.values(MUTUAL) },
    to: { circular: true },
  },
  ...Object.entries(MUTUAL).flatMap(([name, path]) => [
    {
      name: `no-cycle-beyond-${name}`,
      severity: "error",
      comment: "These files may refer to each other; a cycle may not include any other file.",
      from: { path },
      to: { circular: true, via: { pathNot: path } },
    },
    {
      name: `no-cycle-running-${name}`,
      severity: "error",
      comment: "These files refer to each other by type only: none may need another to be loaded.",
      from: { path },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ]),
  {
    name: "neutral-runtime",
    severity: "error",
    comment: "A neutral package runs anywhere: time, randomness, files and sockets come in as arguments.",
    from: { path: `^packages/(${neutral.join("|")})/src/`, pathNot: TESTS },
    to: { dependencyTypes: ["core"] },
  },
  {
    name: "no-unresolved",
    severity: "error",
    comment: "The import leads nowhere: a deep import that `exports` refuses, or a dependency that is not declared.",
    from: { path: "^(packages|apps)/" },
    to: { couldNotResolve: true, pathNot: ["[.]svelte", "[.]css", "[.]svg", "^virtual:", "^vite/client$", "/dist/"] },
  },
  {
    name: "kernel-in-one-place",
    severity: "error",
    comment: "Only packages/os/src touches the kernel through koffi.",
    from: { path: "^(packages|apps)/", pathNot: "^packages/os/src/" },
    to: { path: "node_modules/koffi/" },
  },
  {
    name: "chdb-in-one-place",
    severity: "error",
    comment: "Only the chDB backend of the store loads chDB.",
    from: { path: "^(packages|apps)/", pathNot: "^packages/store/src/chdb/" },
    to: { path: "node_modules/chdb/" },
  },
  {
    name: "clickhouse-client-in-one-place",
    severity: "error",
    comment: "Only the server backend of the store loads ClickHouse's client.",
    from: { path: "^(packages|apps)/", pathNot: "^packages/store/src/clickhouse-http/" },
    to: { path: "node_modules/@clickhouse/" },
  },
];
