import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { must, NGCTL, NGFLOW, ROOT, run, sleep } from "../support/command.ts";
import { TwoHosts } from "../support/hosts.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";
import { createRandom, makeCapture } from "../support/packets.ts";

const missing = absentPrivilege() ?? absentTools("ip", "sysctl", "tcpreplay", "trafgen");

type Counters = Readonly<Record<string, number>>;

/** The last message of `ngflow graph` to the process that started it. */
interface Final {
  readonly nodes: readonly { readonly name: string | null; readonly counters: Counters }[];
  readonly ended: Readonly<Record<string, Counters>>;
}

const GRAPH = [
  "mkpeer eth0: netflow lower iface0",
  "name eth0:lower netflow",
  "connect eth0: netflow: upper out0",
  "msg netflow: setconfig { iface=0 conf=7 }",
  "mkpeer netflow: ksocket export9 inet/dgram/udp",
  // No process listens there: ICMP errors that come back must not cost a packet.
  "msg netflow:export9 connect inet/127.0.0.1:4444",
];

describe("ngflow graph, flooded", () => {
  let hosts: TwoHosts;
  let folder = "";
  let graph: ChildProcess | undefined;
  /** Frames that the right host's interface had counted before the graph captured. */
  let before = 0;

  beforeEach((ctx) => {
    ctx.skip(missing !== undefined, missing);
    folder = mkdtempSync(join(tmpdir(), "ngflow-flood-"));
    hosts = new TwoHosts();
    for (const { namespace, exec } of [hosts.left, hosts.right]) {
      must(exec(["sysctl", "-q", "-w", "net.ipv6.conf.eth0.disable_ipv6=1"]));
      must(["ip", "-n", namespace, "address", "flush", "dev", "eth0"]);
      must(["ip", "-n", namespace, "link", "set", "eth0", "arp", "off"]);
    }
  });

  afterEach(() => {
    graph?.kill("SIGKILL");
    if (missing !== undefined) return;
    hosts.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const sent = (): number => hosts.counters(hosts.right).rxPackets - before;
  const control = (): string => join(folder, "control.sock");

  async function startGraph(...options: string[]): Promise<ChildProcess> {
    before = hosts.counters(hosts.right).rxPackets;
    writeFileSync(join(folder, "graph.ngctl"), `${GRAPH.join("\n")}\n`);
    const script = ["--control", control(), "-f", join(folder, "graph.ngctl")];
    const [command = "", ...args] = hosts.right.exec([
      ...NGFLOW,
      "graph",
      "--interface",
      "eth0",
      ...script,
      ...options,
    ]);
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit", "ipc"], cwd: ROOT });
    graph = child;
    const first = await new Promise<unknown>((resolve) => child.once("message", resolve));
    expect(first).toMatchObject({ ready: { control: control() } });
    return child;
  }

  async function stop(child: ChildProcess): Promise<{ ether: Counters; netflow: Counters }> {
    const last = new Promise<Final>((resolve) => {
      child.on("message", (message: { final?: Final }) => message.final && resolve(message.final));
    });
    child.send("stop");
    const { nodes, ended } = await last;
    return { ether: nodes.find(({ name }) => name === "eth0")!.counters, netflow: ended["netflow"]! };
  }

  function playWith(tcpreplayLoops: number): void {
    writeFileSync(join(folder, "flows.pcap"), makeCapture(5, 1000));
    const loops = ["--loop", String(tcpreplayLoops)];
    must(hosts.left.exec(["tcpreplay", "-q", "-t", "-K", ...loops, "-i", "eth0", join(folder, "flows.pcap")]), {
      timeoutMs: 60_000,
    });
  }

  /** 500 flows over UDP, in turn. */
  function trafgen(packets: number): void {
    const random = createRandom(3);
    const frames = Array.from({ length: 500 }, (_, flow) => {
      const payload = 18 + random(200);
      const header = "0x02,0,0,0,0,1, 0x02,0,0,0,0,2, 0x08,0, 0x45,0";
      const ip = `c16(${28 + payload}), 0,0,0,0, 64,17, 0,0, 10,1,${flow >> 8},${flow & 255}, 10,2,0,1`;
      return `{ ${header}, ${ip}, c16(${2000 + flow}), c16(53), c16(${8 + payload}), 0,0, fill(0,${payload}) }`;
    });
    writeFileSync(join(folder, "trafgen.cfg"), `${frames.join("\n")}\n`);
    const words = ["trafgen", "--dev", "eth0", "--conf", join(folder, "trafgen.cfg"), "-n", String(packets)];
    must(hosts.left.exec([...words, "--cpus", "1", "-q"]), { timeoutMs: 60_000 });
  }

  function isConserved(count: number, { ether, netflow }: { ether: Counters; netflow: Counters }): void {
    const known = netflow["packetsAccounted"]! + netflow["packetsSkipped"]!;
    expect(ether["packetsCaptured"]).toBe(count);
    expect(known + ether["packetsDropped"]!).toBe(count);
  }

  test.for(["tcpreplay", "trafgen"])(
    "every packet that %s sends is accounted or reported as dropped",
    { timeout: 90_000 },
    async (generator) => {
      const child = await startGraph();
      if (generator === "tcpreplay") playWith(15);
      else trafgen(400_000);
      await sleep(300);
      expect(sent()).toBeGreaterThan(generator === "trafgen" ? 399_999 : 200_000);
      isConserved(sent(), await stop(child));
    },
  );

  test("also with a ring that is too small, while the graph is stopped", { timeout: 60_000 }, async () => {
    const child = await startGraph("--ring", "1");
    process.kill(child.pid!, "SIGSTOP");
    playWith(1);
    process.kill(child.pid!, "SIGCONT");
    await sleep(300);
    // The graph is there again, and says what it lost.
    expect(run([...NGCTL, "--control", control(), "msg", "netflow:", "info"]).status).toBe(0);
    const outcome = await stop(child);
    expect(outcome.ether["packetsDropped"]).toBeGreaterThan(0);
    isConserved(sent(), outcome);
  });

  test("the kernel applies its filter and snap length", { timeout: 60_000 }, async () => {
    const child = await startGraph("--filter", "udp dst port 53 and udp[0:2] < 2100", "--snap-length", "64");
    trafgen(5000);
    await sleep(300);
    const { ether, netflow } = await stop(child);
    expect(ether).toMatchObject({ packetsCaptured: 1000, packetsReceived: 1000, packetsDropped: 0 });
    expect(netflow).toMatchObject({ packetsAccounted: 1000 });
  });
});
