import { CLUSTER, clusterEngine, withoutReplicas } from "../testing/cluster-engine.ts";
import { runClientContract } from "../testing/client-contract.ts";
import { startSqlServer } from "../testing/http-server.ts";
import { createServerBackend } from "./backend.ts";

// The tables of a cluster, in today's ClickHouse: what several servers do is in cluster.test.ts.
runClientContract({
  name: "cluster",
  backend: (directory, limits) => {
    const embedded = clusterEngine(directory, limits);
    const urlOf = (host: string): string => `clickhouse://${host}/default?cluster=${CLUSTER}`;
    return {
      server: { url: urlOf("127.0.0.1") },
      async open(owner) {
        const server = await startSqlServer(embedded, { adapt: withoutReplicas });
        const client = await createServerBackend({ url: urlOf(server.host) }, limits).open(owner);
        const { read, inspect, run, over, convert, native, facts } = client;
        return {
          ...{ read, inspect, run, over, convert, native, ...(facts && { facts }) },
          async close() {
            await client.close();
            await server.close();
          },
        };
      },
      unusable: embedded.unusable,
    };
  },
});
