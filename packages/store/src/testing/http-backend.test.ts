import { createChdbBackend } from "../chdb/backend.ts";
import { runClientContract } from "./client-contract.ts";
import { createHttpBackend } from "./http-backend.ts";
import { startSqlServer } from "./http-server.ts";

// A second client: statements go through HTTP to a server of this process, and files are uploaded to it.
runClientContract({
  name: "http",
  backend: (directory, limits) => {
    const embedded = createChdbBackend(directory, limits);
    return {
      async open() {
        const server = await startSqlServer(embedded);
        return createHttpBackend(server.url, () => server.close()).open();
      },
      unusable: embedded.unusable,
    };
  },
});
