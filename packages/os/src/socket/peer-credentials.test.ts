import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KernelError } from "../linux-errno.ts";
import { peerCredentials, type PeerCredentials } from "./peer-credentials.ts";

const linux = process.platform === "linux";
const setpriv = linux && process.getuid?.() === 0 && spawnSync("setpriv", ["--version"]).status === 0;
/** More than the room that is offered at first. */
const MANY_GROUPS = Array.from({ length: 100 }, (_, i) => 5000 + i);

let folder: string;
let server: Server;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ngflow-peer-"));
  chmodSync(folder, 0o755);
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** What the kernel says of a client that another process is. */
async function credentialsOf(...before: string[]): Promise<PeerCredentials & { readonly child: number }> {
  const path = join(folder, "socket");
  let accept = (_socket: Socket): void => {};
  const accepted = new Promise<Socket>((resolve) => (accept = resolve));
  server = createServer((socket) => accept(socket));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o666);
  const script = `require("node:net").connect(${JSON.stringify(path)}).resume()`;
  const words = [...before, process.execPath, "-e", script];
  const child = spawn(words[0]!, words.slice(1), { stdio: "ignore" });
  const socket = await accepted;
  const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
  const found = peerCredentials(fd)!;
  const ended = new Promise((resolve) => child.on("exit", resolve));
  socket.destroy();
  await ended;
  return { ...found, child: child.pid! };
}

describe.runIf(linux)("the peer of a Unix socket", () => {
  it("is this user's process", async () => {
    const { pid, uid, gid, child } = await credentialsOf();
    expect({ pid, uid, gid }).toEqual({ pid: child, uid: process.getuid?.(), gid: process.getgid?.() });
  });

  it.runIf(setpriv)("is another user's process with its groups, however many", async () => {
    const words = ["setpriv", "--reuid=4001", "--regid=4002", `--groups=${MANY_GROUPS.join()}`, "--"];
    const { uid, gid, groups } = await credentialsOf(...words);
    expect({ uid, gid, groups }).toEqual({ uid: 4001, gid: 4002, groups: MANY_GROUPS });
  });

  it("is refused for a descriptor that is not a socket", async () => {
    server = createServer().listen(join(folder, "unused"));
    expect(() => peerCredentials(0xffff)).toThrow(KernelError);
  });
});
