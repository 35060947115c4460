// Prints the counters of a running graph's nodes as JSON: node-counters.mjs CONTROL-SOCKET.
import { connectControl } from "../../apps/ngflow/dist/control/client.js";

const client = await connectControl(process.argv[2], { node: false });
const { nodes } = await client.snapshot();
process.stdout.write(JSON.stringify(Object.fromEntries(nodes.map(({ name, id, counters }) => [name ?? id, counters]))));
await client.close();
