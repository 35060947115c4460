// Prints what the watchdog of a running graph has counted as JSON: thread-counters.mjs CONTROL-SOCKET.
import { connectControl } from "../../apps/ngflow/dist/control/client.js";

const client = await connectControl(process.argv[2], { node: false });
const { threads } = await client.snapshot();
process.stdout.write(JSON.stringify(threads));
await client.close();
