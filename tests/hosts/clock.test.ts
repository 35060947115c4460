import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { must, NGCTL, NGFLOW, ROOT, sleep } from "../support/command.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { useTwoHosts } from "../support/hosts-test.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ping", "sysctl", "faketime");

const PORT = 4444;
const PINGS = 20;
/** Clocks of the daemon, one after the other, in hours from the machine's. */
const CLOCKS = [0, 1, 0, -1, 0];

const GRAPH = `mkpeer eth0: netflow lower iface0
name eth0:lower netflow
connect eth0: netflow: upper out0
msg netflow: setconfig { iface=0 conf=7 }
msg netflow: settimeouts { inactive=2 active=5 }
mkpeer netflow: ksocket export9 inet/dgram/udp
msg netflow:export9 connect inet/127.0.0.1:${PORT}
`;

const on = useTwoHosts(missing);

/** Packets of echo requests and replies in what `ngflow decode` printed. */
function pingsIn(printed: string): number {
  let packets = 0;
  for (const text of printed.split("\n").filter((line) => line.endsWith("}"))) {
    const { kind, fields } = JSON.parse(text) as { kind: string; fields: Record<string, number> };
    if (kind === "flow" && fields["protocolIdentifier"] === 1) packets += fields["packetDeltaCount"]!;
  }
  return packets;
}

test("a clock that is set an hour on, and an hour back, costs no packet, no flow and not the daemon", async () => {
  const { hosts, folder, start } = on;
  const clock = new FakeClock(join(folder, "clock"));
  const control = join(folder, "control.sock");
  const decode = start([...NGFLOW, "decode", "--listen", `udp://127.0.0.1:${PORT}`]);
  await decode.until("ngflow decode", () => must(hosts.left.exec(["ss", "-Hlnu"])).includes(`:${PORT}`));
  const script = join(folder, "graph.ngctl");
  writeFileSync(script, GRAPH);
  const options = ["--control", control, "--interface", "eth0", "-f", script];
  const daemon = start([...NGFLOW, "graph", ...options], { env: clock.env() });
  await daemon.until("ngflow graph", () => daemon.stdout.includes("control"));
  const ngctl = (...words: string[]): string => must([...NGCTL, "--control", control, ...words]);
  const netflow = (): Record<"clockSteps" | "implausibleTimestamps" | "flowsActive", number> => {
    const printed = must([process.execPath, `${ROOT}tests/support/node-counters.mjs`, control]);
    return (JSON.parse(printed) as { netflow: ReturnType<typeof netflow> }).netflow;
  };
  const steps: number[] = [];
  for (const hours of CLOCKS) {
    clock.set(hours);
    must(hosts.left.exec(["ping", "-q", "-i", "0.05", "-c", String(PINGS), hosts.right.ipv4]));
    // The flows end by their timeouts, whatever the clock said when they began.
    await sleep(3000);
    expect(ngctl("msg", "netflow:", "info")).toContain("IPv4 packets");
    steps.push(netflow().clockSteps);
  }
  // Each setting is counted once; a packet that shows the new time before the clock is looked at may be counted as
  // implausible, too.
  expect(steps).toEqual([0, 1, 2, 3, 4]);
  const { implausibleTimestamps, flowsActive } = netflow();
  expect(implausibleTimestamps).toBeLessThanOrEqual(2);
  expect(flowsActive).toBe(0);
  const sent = CLOCKS.length * PINGS * 2;
  await decode.until("the flows", () => pingsIn(decode.stdout) >= sent, 20_000);
  expect(pingsIn(decode.stdout)).toBe(sent);
  const { status, stderr } = await daemon.stop();
  expect(status).toBe(0);
  expect(stderr.split("\n").filter((line) => line !== "" && !/"level":30\b/.test(line))).toEqual([]);
  expect(pingsIn(decode.stdout)).toBe(sent);
});
