import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { must, NGFLOW } from "../support/command.ts";
import { useTwoHosts } from "../support/hosts-test.ts";
import { absentPrivilege, absentTools } from "../support/needs.ts";

const missing = absentPrivilege() ?? absentTools("ip", "ss", "sysctl");
/** What the kernel reports for 32 MiB. */
const GRANTED = 64 * 1024 * 1024;
const PORTS = [2055, 4739];

describe("collect started by root", () => {
  const on = useTwoHosts(missing);

  test("has the buffers that it asks for, no capability, and receives", { timeout: 60_000 }, async () => {
    const { left, right } = on.hosts;
    must(["chmod", "0755", on.folder]);
    const listen = PORTS.flatMap((port) => ["--listen", `0.0.0.0:${port}`]);
    const collect = on.start([...NGFLOW, "collect", "--data", join(on.folder, "data"), ...listen]);
    await collect.until("ngflow collect", () => collect.stdout.includes("listening"));

    const sockets = must(left.exec(["ss", "-ulnmH"]));
    expect(sockets.match(/rb\d+/g)).toEqual(PORTS.map(() => `rb${GRANTED}`));
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
});
