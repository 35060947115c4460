// Clients that connect, send requests and disconnect: some after their answer, some in the middle of a request.
import { connect } from "node:net";
import { connectControl } from "../../apps/ngflow/dist/control/client.js";

const EVERY_MS = 50;

/** A seeded sequence, so that a run can be repeated. */
function sequence(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function visitor(path) {
  const client = await connectControl(path);
  await client.sendAscii("steady:", "info", "");
  await client.snapshot();
  await client.close();
}

/** Requests much, reads little, and disconnects. */
async function deserter(path, random) {
  const client = await connectControl(path);
  const asked = Array.from({ length: 1 + Math.floor(random() * 20) }, () => client.snapshot().catch(() => undefined));
  await new Promise((resolve) => setTimeout(resolve, random() * 5));
  void client.close();
  await Promise.all(asked);
}

/** Bytes that are not a frame, or half of one. */
function intruder(path, random) {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("error", () => {});
    socket.on("close", resolve);
    socket.on("connect", () => {
      socket.write(Uint8Array.from({ length: 1 + Math.floor(random() * 64) }, () => Math.floor(random() * 256)));
      setTimeout(() => socket.destroy(), random() * 20);
    });
  });
}

/** Starts clients until `stop` is called. */
export function annoy(path) {
  const random = sequence(5);
  const result = { connections: 0, cut: 0, faults: 0 };
  const present = new Set();
  const timer = setInterval(() => {
    const kind = random();
    const visit = kind < 0.4 ? visitor(path) : kind < 0.7 ? deserter(path, random) : intruder(path, random);
    result.connections++;
    if (kind >= 0.4) result.cut++;
    const settled = visit
      .catch((error) => {
        if (result.faults++ === 0) process.stderr.write(`soak: a client failed: ${error.stack}\n`);
      })
      .finally(() => present.delete(settled));
    present.add(settled);
  }, EVERY_MS);
  let stopped;
  return {
    stop: () =>
      (stopped ??= (async () => {
        clearInterval(timer);
        await Promise.all(present);
        return result;
      })()),
  };
}
