import type { Verb } from "./verb.ts";

export const VERBS: readonly Verb[] = [
  {
    name: "up",
    summary: "meter an interface: run the graph, collector, store and console",
    load: () => import("./verbs/up.ts"),
  },
  {
    name: "demo",
    summary: "run the whole pipeline on generated traffic; needs no privilege and no network",
    load: () => import("./verbs/demo.ts"),
  },
  {
    name: "graph",
    summary: "run the netgraph daemon: nodes, hooks, and the control socket for ngctl",
    load: () => import("./verbs/graph.ts"),
  },
  {
    name: "collect",
    summary: "run the collector daemon: receive flow datagrams and write them to the spool",
    load: () => import("./verbs/collect.ts"),
  },
  {
    name: "serve",
    summary: "run the store and console daemon: read the spool, serve API and console",
    load: () => import("./verbs/serve.ts"),
  },
  {
    name: "export",
    summary: "meter a capture file once, or an interface until Ctrl-C, and export the flows",
    load: () => import("./verbs/export.ts"),
  },
  {
    name: "decode",
    summary: "print flow datagrams as JSON, one object per line",
    load: () => import("./verbs/decode.ts"),
  },
  {
    name: "generate",
    summary: "send flow datagrams of made-up exporters, of any version, and print exactly what was sent",
    load: () => import("./verbs/generate.ts"),
  },
  {
    name: "replay",
    summary: "send the flow datagrams of captures or IPFIX files again, at their own pace or a rate",
    load: () => import("./verbs/replay.ts"),
  },
  {
    name: "import",
    summary: "store the flows of captures, IPFIX files and nfdump archives, each once",
    load: () => import("./verbs/import.ts"),
  },
  {
    name: "compare",
    summary: "ask nfdump and the store the same questions; exit 1 if an answer differs for no known reason",
    load: () => import("./verbs/compare.ts"),
  },
  {
    name: "query",
    summary: "sum stored flows by any columns, as a time series with --step",
    load: () => import("./verbs/query.ts"),
  },
  { name: "flows", summary: "print stored flow records, newest first", load: () => import("./verbs/flows.ts") },
  {
    name: "audit",
    summary: "compare what every hop counted, from the interface to the answer; exit 1 if something is missing",
    load: () => import("./verbs/audit.ts"),
  },
  {
    name: "doctor",
    summary: "look for what is wrong with the machine, the daemons and the exporters, and say what mends it",
    load: () => import("./verbs/doctor.ts"),
  },
  {
    name: "health",
    summary: "say whether the daemons of a data directory are ready; exit 1 if not, for containers and scripts",
    load: () => import("./verbs/health.ts"),
  },
  {
    name: "reload",
    summary: "let the daemons of a data directory read their configuration again; no flow is lost",
    load: () => import("./verbs/reload.ts"),
  },
  {
    name: "report",
    summary: "traffic of a range: totals, largest, 95th percentile of interfaces, changes; Markdown, HTML or JSON",
    load: () => import("./verbs/report.ts"),
  },
  {
    name: "alerts",
    summary: "list alerts, try a rule on what is stored, silence; exit 1 while an alert fires",
    load: () => import("./verbs/alerts.ts"),
  },
  {
    name: "top",
    summary: "show the largest groups live on a terminal, as top(1) does processes",
    load: () => import("./verbs/top.ts"),
  },
  {
    name: "sql",
    summary: "answer a SELECT of the database's SQL; it can only read the stored flows",
    load: () => import("./verbs/sql.ts"),
  },
  {
    name: "mcp",
    summary: "answer a program by the Model Context Protocol on standard input; it can only read",
    load: () => import("./verbs/mcp.ts"),
  },
  {
    name: "complete",
    summary: "list what may be written at a place of a filter",
    load: () => import("./verbs/complete.ts"),
  },
  {
    name: "store",
    summary: "show what is stored and how long it is kept; verify, repair, compact, back up and restore it",
    load: () => import("./verbs/store.ts"),
  },
  {
    name: "exporters",
    summary: "list who sends flows, their templates and the names that they sent",
    load: () => import("./verbs/exporters.ts"),
  },
  {
    name: "names",
    summary: "show where names of addresses come from, and what files say of an address",
    load: () => import("./verbs/names.ts"),
  },
  {
    name: "config",
    summary: "check, show or write a configuration file, or print its JSON Schema",
    load: () => import("./verbs/config.ts"),
  },
  {
    name: "completion",
    summary: "print the script that completes commands, options and values in bash, zsh or fish",
    load: () => import("./verbs/completion.ts"),
  },
  {
    name: "user",
    summary: "add, list and remove people who sign in to the console",
    load: () => import("./verbs/user.ts"),
  },
  {
    name: "token",
    summary: "make, list and remove tokens of programs that ask the API",
    load: () => import("./verbs/token.ts"),
  },
  {
    name: "explain",
    summary: "dry-run an ngctl script: what each step does to the graph and to traffic, with pictures",
    load: () => import("./verbs/explain.ts"),
  },
  {
    name: "kldload",
    summary: "load node types by module name, file or package",
    load: () => import("./verbs/kldload.ts"),
  },
  { name: "kldstat", summary: "list modules and their node types", load: () => import("./verbs/kldstat.ts") },
  { name: "kldunload", summary: "unload node types by module name", load: () => import("./verbs/kldunload.ts") },
  {
    name: "service",
    summary: "control ng_netflow like service(8), or install it as a service",
    load: () => import("./verbs/service.ts"),
  },
  {
    name: "sysrc",
    summary: "print and change rc.conf variables, like sysrc(8)",
    load: () => import("./verbs/sysrc.ts"),
  },
  {
    name: "munin",
    summary: "Munin plugin: traffic by protocol, flows, losses",
    load: () => import("./verbs/munin.ts"),
  },
];
