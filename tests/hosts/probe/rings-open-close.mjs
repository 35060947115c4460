// Opens and closes rings while frames arrive, and prints what is left of them.
import { readdirSync, readFileSync } from "node:fs";
import { PacketRing, readInterface } from "@ngflow/os";

const { index, name } = readInterface(process.argv[2]);
const resources = () => ({
  descriptors: readdirSync("/proc/self/fd").length,
  rings: readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .filter((line) => line.includes("socket:")).length,
});
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

let open;

async function once(closeInside) {
  let after = 0;
  let closed = false;
  const ring = new PacketRing(index, name, { blockSizeBytes: 16384, blockCount: 4, retireMs: 1 });
  ring.start({
    deliver() {
      if (closed) after++;
      if (!closeInside) return;
      closed = true;
      ring.close();
    },
    gone() {
      after++;
    },
  });
  await turn();
  if (!closed) open ??= resources();
  closed = true;
  ring.close();
  ring.close();
  await turn();
  return after;
}

await once(false);
const before = resources();
let after = 0;
for (let i = 0; i < 40; i++) after += await once(i % 2 === 0);
console.log(JSON.stringify({ before, open, now: resources(), deliveriesAfterClose: after }));
