import { createChdbBackend } from "../chdb/backend.ts";
import { runClientContract } from "../testing/client-contract.ts";
import { startSqlServer } from "../testing/http-server.ts";
import { createServerBackend } from "./backend.ts";

// Statements go through HTTP to a server of this process, and files are uploaded to it.
runClientContract({
  name: "server",
  backend: (directory, limits) => {
    const embedded = createChdbBackend(directory, limits);
    return {
      server: { url: "clickhouse://127.0.0.1/default" },
      async open(owner) {
        const server = await startSqlServer(embedded);
        const client = await createServerBackend({ url: `clickhouse://${server.host}/default` }, limits).open(owner);
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
