/** The end of a verb's help: commands that a reader can type, and a page with more. */
export interface HelpExamples {
  readonly examples: readonly string[];
  readonly page: string;
}

/** Ends of the help of verbs that do not write one themselves. */
export const HELP_EXAMPLES: Readonly<Record<string, HelpExamples>> = {
  up: {
    examples: [
      "sudo ngflow up",
      "sudo ngflow up --interface eth0 --interface eth1",
      "ngflow up --no-capture --allow-exporter 192.0.2.1",
    ],
    page: "docs/how-to/meter-an-interface.md",
  },
  demo: { examples: ["ngflow demo", "ngflow demo --data demo-data --seed 7"], page: "docs/how-to/demo.md" },
  graph: {
    examples: ["sudo ngflow graph --interface eth0", "sudo ngflow graph --inline eth0"],
    page: "docs/how-to/meter-an-interface.md",
  },
  collect: {
    examples: ["ngflow collect", "ngflow collect --listen 0.0.0.0:2055 --allow-exporter 192.0.2.0/24"],
    page: "docs/how-to/receive-flows.md",
  },
  serve: {
    examples: ["ngflow serve", "ngflow serve --http 0.0.0.0:8080 --keep 90d"],
    page: "docs/how-to/run-the-daemons-separately.md",
  },
  decode: {
    examples: ["ngflow decode flows.pcap", "ngflow decode --listen 127.0.0.1:2055"],
    page: "docs/how-to/receive-flows.md",
  },
  flows: {
    examples: ["ngflow flows --last 5m port 443", "ngflow flows --follow host 192.0.2.1"],
    page: "docs/how-to/query.md",
  },
  audit: { examples: ["ngflow audit", "ngflow audit --json"], page: "docs/how-to/prove-the-numbers.md" },
  doctor: { examples: ["ngflow doctor", "ngflow doctor --send"], page: "docs/how-to/no-flows.md" },
  exporters: {
    examples: ["ngflow exporters", "ngflow exporters --templates 192.0.2.1"],
    page: "docs/how-to/receive-flows.md",
  },
  names: {
    examples: ["ngflow names status", "ngflow names lookup 192.0.2.1 --networks networks.csv"],
    page: "docs/how-to/name-addresses.md",
  },
  config: {
    examples: ["ngflow config check /etc/ngflow/ngflow.yaml", "ngflow config init ngflow.yaml"],
    page: "docs/reference/configuration.md",
  },
  explain: {
    examples: [
      "ngflow explain examples/article.ngctl",
      "ngflow explain --format html --output plan.html examples/article.ngctl",
    ],
    page: "docs/reference/explain.md",
  },
  kldload: {
    examples: ["ngflow kldload -n ng_tee", "ngflow kldload ./my-node.mjs"],
    page: "docs/how-to/write-a-node-type.md",
  },
  kldstat: { examples: ["ngflow kldstat", "ngflow kldstat -v"], page: "docs/how-to/write-a-node-type.md" },
  kldunload: { examples: ["ngflow kldunload ng_tee"], page: "docs/how-to/write-a-node-type.md" },
  service: {
    examples: [
      "ngflow service ng_netflow status",
      "sudo ngflow service install --dry-run",
      "ngflow service generate --for freebsd",
    ],
    page: "docs/how-to/start-at-boot.md",
  },
  sysrc: {
    examples: ["sudo ngflow sysrc ng_netflow_enable=YES", "ngflow sysrc ng_netflow_interface"],
    page: "docs/reference/service.md",
  },
  munin: { examples: ["ngflow munin config", "ngflow munin"], page: "docs/reference/service.md" },
};
