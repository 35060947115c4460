// Prints how many rows of the benchmark's exporters (127.0.1.x) the store of a data directory has, and how many
// different ids these have.
import { createRequire } from "node:module";
import { join } from "node:path";

const { Session } = createRequire(new URL("../../packages/store/package.json", import.meta.url))("chdb");
const session = new Session(join(process.argv[2], "store"));
const sql =
  "SELECT count(), uniqExact(SrcAddr) FROM flows" +
  " WHERE ExporterAddr BETWEEN toIPv6('::ffff:127.0.1.0') AND toIPv6('::ffff:127.0.1.255')";
const [rows, records] = JSON.parse((await session.queryAsync(sql, { format: "JSONCompactEachRow" })).text()).map(
  Number,
);
session.close();
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ rows, records, cpuSeconds: (user + system) / 1e6 }));
