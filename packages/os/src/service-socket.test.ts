import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { hasLibc, libc } from "./libc.ts";
import { ServiceSocket } from "./service-socket.ts";
import { AF_UNIX } from "./socket/socket-descriptor.ts";

const folder = mkdtempSync(join(tmpdir(), "ngflow-notify-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SOCK_DGRAM_NONBLOCK = 2 | 0o4000;
const open: number[] = [];
afterEach(() => open.splice(0).forEach((fd) => libc().close(fd)));

/** A manager that listens at an address. Returns what the next datagram says, undefined if there is none. */
function manager(address: string): () => string | undefined {
  const c = libc();
  const name = Buffer.from(`\u0001\0${address}`);
  if (address.startsWith("@")) name[2] = 0;
  const fd = c.socket(AF_UNIX, SOCK_DGRAM_NONBLOCK, 0);
  open.push(fd);
  expect(c.bind(fd, name, name.length)).toBe(0);
  const buffer = Buffer.alloc(256);
  return () => {
    const length = c.recvfrom(fd, buffer, buffer.length, 0, new Uint8Array(128), new Uint8Array(4).fill(64, 0, 1));
    return Number(length) < 0 ? undefined : buffer.toString("utf8", 0, Number(length));
  };
}

it.skipIf(!hasLibc()).each([join(folder, "notify"), `@ngflow-test-${process.pid}/notify`])("reaches %s", (address) => {
  const next = manager(address);
  const socket = new ServiceSocket(address);
  expect(socket.send("READY=1\nSTATUS=über")).toBe(true);
  expect(socket.send("STOPPING=1")).toBe(true);
  expect([next(), next(), next()]).toEqual(["READY=1\nSTATUS=über", "STOPPING=1", undefined]);
  socket.close();
});

it.skipIf(!hasLibc()).each(["", join(folder, "absent"), "x".repeat(200)])("nobody is at %j", (address) => {
  const socket = new ServiceSocket(address);
  expect(socket.send("READY=1")).toBe(false);
  socket.close();
});

it.skipIf(!hasLibc())("does not wait for a manager that does not read", () => {
  manager(join(folder, "full"));
  const socket = new ServiceSocket(join(folder, "full"));
  const sent = Array.from({ length: 10_000 }, () => socket.send("WATCHDOG=1"));
  expect([sent[0], sent.at(-1)]).toEqual([true, false]);
  socket.close();
});
