import { totalmem } from "node:os";
import { createChdbBackend } from "../chdb/backend.ts";
import { limitsFor, SQL_LIMITS } from "../clickhouse/sql-client.ts";
import { startSqlServer } from "./http-server.ts";

// `sql-server.ts DIRECTORY PORT [USER PASSWORD]`: a server until SIGTERM. It says where it is to its parent, or in a
// line.
const [directory = "", port = "0", user, password = ""] = process.argv.slice(2);
// A benchmark has the memory of the machine, and time.
const limits =
  process.env["NGFLOW_SQL_SERVER"] === "large" ? { ...limitsFor(totalmem()), queryTimeoutMs: 600_000 } : SQL_LIMITS;
const server = await startSqlServer(createChdbBackend(directory, limits), {
  port: Number(port),
  ...(user !== undefined && { login: { user, password } }),
});
const end = (): void => void server.close().then(() => process.exit(0));
process.once("SIGTERM", end).once("disconnect", end);
if (process.send) process.send(server.host);
else process.stdout.write(`${server.host}\n`);
