import { join } from "node:path";
import { Background, sleep } from "../support/command.ts";
import { freeUdpPort } from "../support/udp-port.ts";
import { attacks } from "./support/attack.ts";
import { verb } from "./support/target.ts";

/** A collector that has not begun to listen, or ended, after this time does not come. */
const START_MS = 15_000;

attacks("twice", [
  {
    name: "collectors",
    does: "two collectors are started together on one data directory",
    unit: "rounds without exactly one",
    before: 2,
    bar: 0,
    rounds: { short: 2, long: 50 },
    seconds: 400,
    async run({ folder, rounds }) {
      let wrong = 0;
      for (let round = 0; round < rounds; round++) {
        const both: Background[] = [];
        for (const port of [await freeUdpPort(), await freeUdpPort()]) {
          both.push(new Background(verb("collect", join(folder, String(round)), "--listen", `127.0.0.1:${port}`)));
        }
        const ready = ({ stdout, running }: Background): boolean => stdout.includes("listening  ") || !running;
        for (const endMs = Date.now() + START_MS; !both.every(ready) && Date.now() < endMs;) await sleep(20);
        await sleep(100);
        if (both.filter(({ running }) => running).length !== 1) wrong += 1;
        await Promise.all(both.map((each) => each.stop("SIGKILL")));
      }
      return wrong;
    },
  },
]);
