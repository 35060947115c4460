// Direction of dependency between the packages: read by the boundary check and by the architecture page.
// `may`: packages it may import. `runtime`: neutral (no Node.js, no DOM), node, or browser.
export const layers = {
  base: { may: [], runtime: "neutral" },
  wire: { may: ["base"], runtime: "neutral" },
  graph: { may: ["base"], runtime: "neutral" },
  flows: { may: ["base", "wire"], runtime: "neutral" },
  nodes: { may: ["base", "wire", "graph"], runtime: "node" },
  collector: { may: ["base", "wire", "flows"], runtime: "node" },
  store: { may: ["base", "flows"], runtime: "node" },
  server: { may: ["base", "graph", "flows"], runtime: "node" },
  console: { may: ["base", "flows", "server"], runtime: "browser" },
  ngflow: {
    may: ["base", "wire", "graph", "flows", "nodes", "collector", "store", "server", "console"],
    runtime: "node",
  },
};
