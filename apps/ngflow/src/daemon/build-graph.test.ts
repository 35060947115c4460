import { expect, it } from "vitest";
import { startTryDaemon } from "../transaction/testing/try-daemon.ts";
import { articleGraph } from "./article-graph.ts";
import { buildGraph } from "./build-graph.ts";

const COLLECTOR = { host: "127.0.0.1", port: 9 };

it("builds the graph of `ngflow up`", async () => {
  await using daemon = await startTryDaemon();
  const lines = articleGraph(["em0", "em1"], COLLECTOR).filter((line) => !line.startsWith("msg nfsock: connect "));
  await buildGraph(lines, daemon.path);
  expect(daemon.shape()).toMatchObject({
    em1: { hooks: ["lower netflow:iface1", "upper netflow:out1"] },
    nfsock: { type: "ksocket", hooks: ["inet/dgram/udp netflow:export9"] },
  });
});

it("names the line that the graph refused, and leaves the graph as it was", async () => {
  await using daemon = await startTryDaemon();
  const lines = articleGraph(["em0"], COLLECTOR);
  await expect(buildGraph(lines, daemon.path)).rejects.toMatchObject({
    message: 'the graph refused "msg nfsock: connect inet/127.0.0.1:9": No route to host',
  });
  await expect(buildGraph(articleGraph(["em0", "em7"], COLLECTOR), daemon.path)).rejects.toMatchObject({
    code: "graph-refused",
    message: 'the graph refused "connect em7: netflow: lower iface1": No such file or directory',
  });
  expect(daemon.graph.resolve(undefined, "em0:").hooks.size).toBe(0);
});
