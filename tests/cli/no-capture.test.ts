import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Background, must, NGFLOW, SAME_USER } from "../support/command.ts";
import { freeTcpPort } from "../support/tcp-port.ts";
import { freeUdpPort } from "../support/udp-port.ts";

let folder = "";
let up: Background | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-no-capture-"));
});
afterEach(async () => {
  await up?.stop("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("up --no-capture receives, stores and shows flows of others, and has no graph", { timeout: 90_000 }, async () => {
  const http = `127.0.0.1:${await freeTcpPort()}`;
  const exporters = `127.0.0.1:${await freeUdpPort()}`;
  const where = ["--data", join(folder, "data"), "--http", http, "--listen", exporters];
  up = new Background([...NGFLOW, "up", "--no-capture", ...where, ...SAME_USER], {
    env: { XDG_RUNTIME_DIR: folder },
  });
  await up.until("ngflow up --no-capture", () => up!.stdout.includes(`http://${http}\n`));
  expect(up.stdout).toContain("send     what to type on a device");
  expect(up.stdout).not.toContain("graph ");

  must([...NGFLOW, "generate", "--to", `udp://${exporters}`, "--count", "300", "--rate", "1000"]);
  const api = async (path: string): Promise<Record<string, unknown>> =>
    (await (await fetch(`http://${http}/api/v1${path}`)).json()) as Record<string, unknown>;
  await up.until("300 rows", async () => (await api("/pipeline"))["rowsStored"] === 300);
  expect(await api("/pipeline")).toMatchObject({ packetsSeen: null, recordsExported: null, recordsLost: 0 });
  expect((await fetch(`http://${http}/api/v1/graph`)).status).toBe(404);

  const { stdout, stderr, status } = await up.stop("SIGINT");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("stopping: storing what was counted");
  expect(stdout).toMatch(/stopped: \d+ datagrams received, 300 records decoded, 300 rows stored, no loss/);
});
