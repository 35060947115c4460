import type { Command } from "commander";

/** A verb of `ngflow`: one file in `verbs/`, one line here. The module is loaded only when the verb runs. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ command(): Command }>;
}

export const VERBS: readonly Verb[] = [
  {
    name: "up",
    summary: "graph on an interface, collector, store and console in one",
    load: () => import("./verbs/up.ts"),
  },
  {
    name: "demo",
    summary: "the same, fed by a seeded generator; no privilege, no network",
    load: () => import("./verbs/demo.ts"),
  },
  {
    name: "graph",
    summary: "the netgraph daemon: nodes, hooks, control socket",
    load: () => import("./verbs/graph.ts"),
  },
  {
    name: "collect",
    summary: "the collector daemon: flow datagrams to the spool",
    load: () => import("./verbs/collect.ts"),
  },
  {
    name: "serve",
    summary: "the store and console daemon: spool to chDB, HTTP",
    load: () => import("./verbs/serve.ts"),
  },
  { name: "export", summary: "meter a capture file or an interface once", load: () => import("./verbs/export.ts") },
  { name: "decode", summary: "flow datagrams to NDJSON", load: () => import("./verbs/decode.ts") },
  { name: "query", summary: "aggregate stored flows", load: () => import("./verbs/query.ts") },
  { name: "flows", summary: "stored flow records", load: () => import("./verbs/flows.ts") },
  {
    name: "explain",
    summary: "dry run of an ngctl script, with a picture per step",
    load: () => import("./verbs/explain.ts"),
  },
  { name: "kldload", summary: "load node types by module name", load: () => import("./verbs/kldload.ts") },
  { name: "kldstat", summary: "list modules and their node types", load: () => import("./verbs/kldstat.ts") },
  { name: "kldunload", summary: "unload node types by module name", load: () => import("./verbs/kldunload.ts") },
  {
    name: "service",
    summary: "start, stop and set up ng_netflow, as service(8) does",
    load: () => import("./verbs/service.ts"),
  },
  { name: "sysrc", summary: "the variables of rc.conf, as sysrc(8)", load: () => import("./verbs/sysrc.ts") },
  { name: "munin", summary: "answers munin-node", load: () => import("./verbs/munin.ts") },
];
