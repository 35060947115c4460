import { createChdbBackend } from "../chdb/backend.ts";
import { startSqlServer } from "./http-server.ts";

// `sql-server.ts DIRECTORY PORT [USER PASSWORD]`: a server until SIGTERM. It says where it is to its parent, or in a
// line.
const [directory = "", port = "0", user, password = ""] = process.argv.slice(2);
const server = await startSqlServer(createChdbBackend(directory), {
  port: Number(port),
  ...(user !== undefined && { login: { user, password } }),
});
const end = (): void => void server.close().then(() => process.exit(0));
process.once("SIGTERM", end).once("disconnect", end);
if (process.send) process.send(server.host);
else process.stdout.write(`${server.host}\n`);
