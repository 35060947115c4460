import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { daemonUser, usualUser } from "./daemon-user.ts";
import { handOverData, handOverSocket, socketBehind } from "./hand-over.ts";

const USER = { uid: 64_001, gid: 64_002, name: undefined };
const isRoot = process.geteuid?.() === 0;
/** Root in a user namespace may not change to a user that does not exist there. */
const mayChange = isRoot && spawnSync("setpriv", ["--reuid=64001", "--clear-groups", "true"]).status === 0;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ngflow-hand-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const owner = (path: string): number[] => [statSync(path).uid, statSync(path).gid];

describe.runIf(mayChange)("root gives a daemon's user", () => {
  it("a data directory that it makes, with those above it that it makes too", () => {
    const data = join(directory, "a", "b");
    handOverData(data, USER);
    expect([owner(join(directory, "a")), owner(data), owner(directory)[0]]).toEqual([
      [64_001, 64_002],
      [64_001, 64_002],
      0,
    ]);
  });

  it("an empty one, also the top of a file system", () => {
    mkdirSync(join(directory, "lost+found"));
    handOverData(directory, USER);
    expect([owner(directory), owner(join(directory, "lost+found"))[0]]).toEqual([[64_001, 64_002], 0]);
  });

  it("none with contents of root's, and says what to do", () => {
    mkdirSync(join(directory, "store"), { mode: 0o700 });
    expect(() => handOverData(directory, USER)).toThrow(
      `belongs to root, and the daemons run as user 64001: give it to that user with "chown -R 64001:64002 ${directory}"` +
        ", or keep root with --user root",
    );
    expect(owner(join(directory, "store"))[0]).toBe(0);
  });

  it("the place of a control socket, by a link where it may not write", async () => {
    const places = { runtime: "/run/ngflow", group: undefined };
    await handOverSocket(join(directory, "made", "c.sock"), USER, places);
    expect(owner(join(directory, "made"))).toEqual([64_001, 64_002]);
    expect(existsSync(join(directory, "made", "c.sock"))).toBe(false);
    const path = join(directory, "c.sock");
    for (let again = 0; again < 2; again++) await handOverSocket(path, USER, places);
    expect(readlinkSync(path)).toMatch(/^\/run\/ngflow\/control-[0-9a-f]{16}\.sock$/);
    expect(socketBehind(path)).toBe(readlinkSync(path));
    writeFileSync(join(directory, "file"), "");
    await expect(handOverSocket(join(directory, "file"), USER, places)).rejects.toMatchObject({
      code: "control-not-a-socket",
    });
    expect(lstatSync(join(directory, "file")).isFile()).toBe(true);
  });
});

describe("a daemon's user", () => {
  it.runIf(mayChange)("is the one named, the owner of the data, or its own", () => {
    expect(daemonUser("64001:64002")).toMatchObject({ uid: 64_001, gid: 64_002 });
    expect(daemonUser("root")).toBeUndefined();
    expect(daemonUser("0:0")).toBeUndefined();
    expect(daemonUser(undefined, directory)).toEqual(usualUser());
    handOverData(directory, USER);
    expect(daemonUser(undefined, directory)).toEqual(USER);
    expect(() => daemonUser("no-such-user-here")).toThrow("--user no-such-user-here: no such user in /etc/passwd");
  });

  it("is as it is, if it is not root", () => {
    const geteuid = vi.spyOn(process, "geteuid").mockReturnValue(1000);
    expect(daemonUser(undefined, directory)).toBeUndefined();
    geteuid.mockRestore();
  });
});
