// Direction of dependency between the packages: read by the boundary check and by the architecture page.
// `may`: packages it may import. `runtime`: neutral (no Node.js, no DOM), node, or browser.
export const layers = {
  base: { may: [], runtime: "neutral" },
  wire: { may: ["base"], runtime: "neutral" },
  graph: { may: ["base"], runtime: "neutral" },
  plan: { may: ["base", "graph"], runtime: "neutral" },
  flows: { may: ["base", "wire"], runtime: "neutral" },
  os: { may: ["base"], runtime: "node" },
  nodes: { may: ["base", "wire", "graph", "os"], runtime: "node" },
  collector: { may: ["base", "wire", "flows", "os"], runtime: "node" },
  store: { may: ["base", "flows"], runtime: "node" },
  server: { may: ["base", "graph", "flows"], runtime: "node" },
  console: { may: ["base", "flows", "server"], runtime: "browser" },
  ngflow: {
    may: ["base", "wire", "graph", "plan", "flows", "os", "nodes", "collector", "store", "server", "console"],
    runtime: "node",
  },
};
