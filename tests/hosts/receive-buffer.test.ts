import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { must, NGFLOW } from "../support/command.ts";
import { useTwoHosts } from "../support/hosts-test.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("curl", "ip", "ss", "sysctl");
/** What the kernel reports for 32 MiB. */
const GRANTED = 64 * 1024 * 1024;
const PORTS = [2055, 4739];

describe("a collector started by root", () => {
  const on = useTwoHosts(missing);

  /** The buffers of the UDP sockets that the left host's processes listen with on these ports. */
  const buffers = (): string[] =>
    PORTS.flatMap((port) => must(on.hosts.left.exec(["ss", "-ulnmH", `sport = :${port}`])).match(/rb\d+/g) ?? []);

  test("collect has the buffers that it asks for, no capability, and receives", { timeout: 60_000 }, async () => {
    const { left, right } = on.hosts;
    must(["chmod", "0755", on.folder]);
    const listen = PORTS.flatMap((port) => ["--listen", `0.0.0.0:${port}`]);
    const collect = on.start([...NGFLOW, "collect", "--data", join(on.folder, "data"), ...listen, "--receivers", "2"]);
    await collect.until("ngflow collect", () => collect.stdout.includes("listening"));

    expect(buffers()).toEqual([...PORTS, ...PORTS].map(() => `rb${GRANTED}`));
    const pids = must(["ip", "netns", "pids", left.namespace]).trim().split("\n");
    for (const pid of pids) expect(readFileSync(`/proc/${pid}/status`, "latin1")).toMatch(/^CapPrm:\t0+$/m);

    for (const port of PORTS) {
      const words = ["generate", "--to", `udp://${left.ipv4}:${port}`, "--format", "v5", "--count", "60", "--quiet"];
      must(right.exec([...NGFLOW, ...words]));
    }
    const { stdout, status } = await collect.stop("SIGINT");
    expect(stdout).toContain("6 datagrams received, 120 records decoded, no loss");
    expect(status).toBe(0);
  });

  test("that of up has them, from root's process, and receives", { timeout: 90_000 }, async () => {
    const { left, right } = on.hosts;
    must(["chmod", "0755", on.folder]);
    const listen = PORTS.flatMap((port) => ["--listen", `0.0.0.0:${port}`]);
    const places = [
      "--data",
      join(on.folder, "up"),
      "--control",
      join(on.folder, "up.sock"),
      "--http",
      "127.0.0.1:8080",
    ];
    const words = ["--interface", "eth0", ...places, "--receivers", "2"];
    const up = on.start([...NGFLOW, "up", ...words, ...listen]);
    await up.until("ngflow up", () => up.stdout.includes("http://127.0.0.1:8080"));

    expect(buffers()).toEqual([...PORTS, ...PORTS].map(() => `rb${GRANTED}`));
    for (const port of PORTS) {
      const to = `udp://${left.ipv4}:${port}`;
      must(right.exec([...NGFLOW, "generate", "--to", to, "--format", "v5", "--count", "60", "--quiet"]));
    }
    const pipeline = (): { datagramsReceived?: number; recordsDecoded?: number } =>
      JSON.parse(must(left.exec(["curl", "-s", "http://127.0.0.1:8080/api/v1/pipeline"]))) as object;
    await up.until("the records", () => (pipeline().recordsDecoded ?? 0) >= 120);
    const { status } = await up.stop("SIGINT");
    expect(status).toBe(0);
    expect(buffers()).toEqual([]);
  });
});
