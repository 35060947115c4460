import { join } from "node:path";
import { must, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { Pinger } from "../hosts/probe/pinger.ts";
import { attacks } from "./support/attack.ts";
import { NGCTL, NGFLOW, prepare, start } from "./support/target.ts";

const PING_MS = 20;
const STOPPED_MS = 5000;
const STEPS = ["mkpeer em0: netflow lower iface0", "name em0:lower netflow", "connect em0: netflow: upper out0"];

attacks("inline", [
  {
    name: "sigstop",
    does: "an inline graph is stopped with SIGSTOP for 5 s",
    unit: "ms without a ping",
    before: 5009,
    bar: 1000,
    tools: ["ip", "ping", "sysctl"],
    async run({ folder }) {
      prepare(folder);
      const hosts = new TwoHosts("em0");
      const control = join(folder, "control.sock");
      const graph = await start(
        hosts.left.exec([...NGFLOW, "graph", "--inline", "em0", "--control", control]),
        "control",
      );
      for (const step of STEPS) must([...NGCTL, "--control", control, ...step.split(" ")]);
      const pings = new Pinger(hosts.left, hosts.right.ipv4, 1000, PING_MS / 1000);
      await pings.reply(0);
      await sleep(1000);
      process.kill(graph.pid, "SIGSTOP");
      await sleep(STOPPED_MS);
      process.kill(graph.pid, "SIGCONT");
      await sleep(1500);
      const times = (await pings.stop()).replies.map(({ atMs }) => atMs);
      return Math.round(Math.max(...times.slice(1).map((atMs, i) => atMs - times[i]!)));
    },
  },
]);
