import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AF_UNIX, hasLibc, libc } from "@ngflow/os";
import { afterAll, expect, test } from "vitest";
import { Background, must, NGCTL, NGFLOW, SAME_USER, sleep } from "../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-manager-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SOCK_DGRAM_NONBLOCK = 2 | 0o4000;
const LOOP_MS = 3000;
/** The service manager waits so long for a sign of life, and gets four in that time. */
const WATCHDOG_MS = 2000;

/** A node type that loops at the first packet. */
const LOOPER = `
let looped = false;
function receive() {
  for (const endMs = Date.now() + ${LOOP_MS}; !looped && Date.now() < endMs; );
  looped = true;
  return 0;
}
export default {
  name: "looper", cookie: 1795000001, summary: "Loops once.", role: "plain",
  hooks: [{ name: "a", summary: "Packets." }], messages: [], dropReasons: {}, create: () => ({ receive }),
};
`;

/** A service manager's socket, and all that it has received with the time. */
class Manager {
  readonly path = join(folder, "notify");
  readonly received: { readonly text: string; readonly atMs: number }[] = [];
  readonly #fd: number;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    const c = libc();
    this.#fd = c.socket(AF_UNIX, SOCK_DGRAM_NONBLOCK, 0);
    const address = Buffer.from(`\u0001\0${this.path}`);
    if (c.bind(this.#fd, address, address.length) !== 0) throw new Error(`bind: errno ${c.errno()}`);
    this.#timer = setInterval(() => this.#read(), 20);
  }

  #read(): void {
    const buffer = Buffer.alloc(512);
    for (;;) {
      const from = new Uint8Array(128);
      const fromLength = Uint8Array.of(from.length, 0, 0, 0);
      const length = Number(libc().recvfrom(this.#fd, buffer, buffer.length, 0, from, fromLength));
      if (length < 0) return;
      this.received.push({ text: buffer.toString("utf8", 0, length), atMs: Date.now() });
    }
  }

  /** Times of signs of life from one moment to another. */
  signs(fromMs: number, toMs: number): number[] {
    const times = this.received.filter(({ text }) => text === "WATCHDOG=1").map(({ atMs }) => atMs);
    return times.filter((atMs) => atMs > fromMs && atMs < toMs);
  }

  close(): void {
    clearInterval(this.#timer);
    libc().close(this.#fd);
  }
}

test.skipIf(!hasLibc())(
  "a graph tells its service manager what it does, and no lies while a thread loops",
  async () => {
    const manager = new Manager();
    const control = join(folder, "control.sock");
    const module = join(folder, "looper.mjs");
    writeFileSync(module, LOOPER);
    const env = { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: String(WATCHDOG_MS * 1000) };
    const graph = new Background([...NGFLOW, "graph", "--demo", "1", "--control", control, ...SAME_USER], { env });
    try {
      await graph.until("READY", () => manager.received.some(({ text }) => text.startsWith("READY=1\n")));
      expect(manager.received[0]!.text).toBe(
        `READY=1\nSTATUS=control socket ${control}\nWATCHDOG_USEC=${WATCHDOG_MS * 1000}`,
      );
      const readyMs = Date.now();
      await sleep(WATCHDOG_MS);
      expect(manager.signs(readyMs, Date.now()).length).toBeGreaterThanOrEqual(2);

      must([...NGFLOW, "kldload", "--control", control, module]);
      must([...NGCTL, "--control", control, "mkpeer", "demo0:", "looper", "lower", "a"]);
      await graph.until("the end of the loop", () => graph.stderr.includes("runs again"), LOOP_MS + 10_000);
      const endMs = Date.now();
      // Signs stop a second after the loop began.
      expect(manager.signs(endMs - LOOP_MS + 1500, endMs - 500)).toEqual([]);
      await graph.until("a sign of life", () => manager.signs(endMs, Date.now()).length > 0, 5000);
      expect(graph.stderr).toContain("graph: no sign of life");
      const printed = must([process.execPath, join(import.meta.dirname, "../support/thread-counters.mjs"), control]);
      expect(JSON.parse(printed)).toMatchObject({ mainStalls: 0, graphStalls: 1 });

      expect((await graph.stop()).status).toBe(0);
      await expect.poll(() => manager.received.at(-1)!.text).toMatch(/^STOPPING=1\n/);
    } finally {
      await graph.stop("SIGKILL");
      manager.close();
    }
  },
);
