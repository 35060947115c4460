// Follows the routes of this network namespace until SIGTERM. For every line `ADDRESS` on standard input it prints the
// route to it, for `count` how many there are, as JSON. With an argument, so many routes are the most.
import { createInterface } from "node:readline";
import { isIPv6 } from "node:net";
import { openKernelRoutes } from "@ngflow/os";
import { parseIp } from "@ngflow/base";

const max = process.argv[2] === undefined ? undefined : Number(process.argv[2]);
const logged = [];
const routes = openKernelRoutes((message) => logged.push(message), max);
let late = 0;
let beforeMs = performance.now();
setInterval(() => {
  late = Math.max(late, performance.now() - beforeMs - 5);
  beforeMs = performance.now();
}, 5);
process.once("SIGTERM", () => process.exit(0));
await routes.ready;
console.log(JSON.stringify({ ready: routes.routes }));

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "count") {
    console.log(JSON.stringify({ routes: routes.routes, refused: routes.routesRefused, logged, lateMs: late }));
    late = 0;
    continue;
  }
  const bytes = parseIp(line);
  const route = { interfaceIndex: 0, prefixLength: 0, hasGateway: false, gateway: new Uint8Array(16) };
  const found = isIPv6(line) ? routes.lookup(6, bytes, 0, route) : routes.lookup(4, bytes, 12, route);
  const gateway = route.hasGateway ? [...route.gateway.subarray(0, isIPv6(line) ? 16 : 4)] : null;
  console.log(JSON.stringify(found ? { index: route.interfaceIndex, length: route.prefixLength, gateway } : null));
}
