import { describe, expect, test } from "vitest";
import { type Ended, must, NGFLOW, run, SAME_USER } from "../support/command.ts";
import { useTwoHosts } from "../support/hosts-test.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "sysctl");
const PORT = 2055;
const GROUPS = [
  ["IPv4", "239.192.7.7", "239.192.7.7"],
  ["IPv6", "ff15::7", "[ff15::7]"],
] as const;

describe("multicast groups", () => {
  const on = useTwoHosts(missing);

  /** Sends 60 flow records from the right host. */
  function send(to: string): Ended {
    const words = ["generate", "--to", `udp://${to}:${PORT}`, "--format", "v5", "--count", "60", "--rate", "3000"];
    return run(on.hosts.right.exec([...NGFLOW, ...words, "--quiet"]));
  }

  test("are received from by collect, other traffic is not", { timeout: 60_000 }, async () => {
    const { left, right, device } = on.hosts;
    for (const host of [left, right]) must(["ip", "-n", host.namespace, "route", "add", "224.0.0.0/4", "dev", device]);
    const listen = [`239.192.7.7%${device}:${PORT}`, `udp://[ff15::7%${device}]:${PORT}`, `[::1]:0`];
    const collect = on.start([
      ...[...NGFLOW, "collect", "--data", on.folder, ...SAME_USER],
      ...listen.flatMap((address) => ["--listen", address]),
    ]);
    await collect.until("ngflow collect", () => collect.stdout.includes("listening"));
    expect([...GROUPS.map(([, , host]) => host), "239.192.7.8"].map((host) => send(host).status)).toEqual([0, 0, 0]);
    // The machine's own addresses do not have the port.
    expect(send(left.ipv4)).toMatchObject({ status: 1, stderr: expect.stringContaining("nobody listens there") });
    const { stdout } = await collect.stop("SIGINT");
    expect(stdout).toContain("6 datagrams received, 120 records decoded, no loss");
  });

  test.each(GROUPS)("are received from by decode: %s", { timeout: 60_000 }, async (_, group, host) => {
    const { right, device } = on.hosts;
    must(["ip", "-n", right.namespace, "route", "add", "224.0.0.0/4", "dev", device]);
    const address = group.includes(":") ? `[${group}%${device}]` : `${group}%${device}`;
    const decode = on.start([...NGFLOW, "decode", "--listen", `${address}:${PORT}`]);
    const port = PORT.toString(16).toUpperCase().padStart(4, "0");
    const bound = (): string => run(on.hosts.left.exec(["cat", "/proc/net/udp", "/proc/net/udp6"])).stdout;
    await decode.until("ngflow decode", () => bound().includes(`:${port} `));
    expect(send(host).status).toBe(0);
    await decode.until("the records", () => decode.stdout.split("\n").length > 60);
    const { stdout } = await decode.stop("SIGINT");
    expect(stdout.trim().split("\n")).toHaveLength(60);
  });

  test.each([
    ["239.192.7.7%eth9", /cannot join the multicast group 239\.192\.7\.7 on eth9: no such interface/],
    ["[ff15::7%eth9]", /cannot join the multicast group ff15::7 on eth9: no such interface/],
    ["239.192.7.7", /cannot join the multicast group 239\.192\.7\.7: no route says by which interface/],
    ["tcp://239.192.7.7%eth0", /239\.192\.7\.7 is a multicast group: listen on it by udp:\/\//],
  ])("that cannot be joined are named: %s", (address, message) => {
    const words = ["collect", "--data", on.folder, ...SAME_USER, "--listen", `${address}:${PORT}`];
    const { status, stderr } = run(on.hosts.left.exec([...NGFLOW, ...words]));
    expect([status, stderr]).toEqual([71, expect.stringMatching(message)]);
  });
});
