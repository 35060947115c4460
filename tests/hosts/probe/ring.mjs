// A packet ring on an interface of this network namespace, until SIGTERM or until the interface is gone. Prints a line
// when it is ready, a line for everything that happens, and what it saw at the end, as JSON.
import { PacketRing, readInterface } from "@ngflow/os";

const [name, optionsText = "{}"] = process.argv.slice(2);
const { busyMs = 0, ...options } = JSON.parse(optionsText);
const say = (line) => console.log(JSON.stringify(line));

const info = readInterface(name);
const seen = { received: 0, sent: 0, wireBytes: 0, foreign: 0, vlanTags: [], first: null, late: 0, shortest: 65535 };
let ring;
try {
  ring = new PacketRing(info.index, name, options);
} catch (error) {
  say({ refused: { code: error.code, errno: error.errno, message: error.message } });
  process.exit(0);
}

let ended = false;
function end(why) {
  if (ended) return;
  ended = true;
  clearInterval(alive);
  ring.drain();
  const stats = ring.stats();
  ring.close();
  const cpu = process.cpuUsage();
  say({ ended: why, ...seen, ...stats, cpuSeconds: (cpu.user + cpu.system) / 1e6 });
}

function look(batch, direction) {
  seen[direction] += batch.count;
  seen.wireBytes += batch.wireBytes();
  for (let i = 0; i < batch.count; i++) {
    if (batch.rcvIfIndex[i] !== (direction === "received" ? info.index : 0)) seen.foreign++;
    if (batch.vlanTags[i] !== 0 && !seen.vlanTags.includes(batch.vlanTags[i])) seen.vlanTags.push(batch.vlanTags[i]);
    if (batch.lengths[i] < seen.shortest) seen.shortest = batch.lengths[i];
  }
  if (batch.count > 0 && seen.first === null) {
    seen.first = { hex: Buffer.from(batch.packet(0)).toString("hex"), ageMs: Date.now() - batch.timesUs[0] / 1000 };
  }
}

ring.start({
  deliver(received, sent) {
    if (ended && busyMs > 0) seen.late++;
    look(received, "received");
    look(sent, "sent");
    const until = performance.now() + busyMs;
    while (performance.now() < until);
  },
  gone: (reason) => end(`gone: ${reason}`),
});
const alive = setInterval(() => {}, 1000);
process.once("SIGTERM", () => end("asked"));
say({ ready: info.index });
