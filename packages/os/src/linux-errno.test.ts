import { constants } from "node:os";
import { E, ERRNO } from "@ngflow/base";
import { describe, expect, it } from "vitest";
import { KernelError, LINUX, linuxErrnoName, toFreebsdErrno } from "./linux-errno.ts";

describe("Linux's error numbers", () => {
  it.runIf(process.platform === "linux")("are those of this machine", () => {
    const machine = constants.errno as Readonly<Record<string, number>>;
    const known = Object.entries(LINUX).filter(([name]) => name in machine);
    expect(known.length).toBeGreaterThan(25);
    for (const [name, number] of known) expect([name, number]).toEqual([name, machine[name]]);
  });

  it("become FreeBSD's of the same name", () => {
    for (const [name, number] of Object.entries(LINUX)) {
      const freebsd = (ERRNO as Readonly<Record<string, readonly [number, string]>>)[name]?.[0];
      if (freebsd !== undefined) expect([name, toFreebsdErrno(number)]).toEqual([name, freebsd]);
    }
    expect(toFreebsdErrno(LINUX.EAGAIN)).toBe(35);
    expect(toFreebsdErrno(LINUX.ENOPROTOOPT)).toBe(42);
  });

  it("that are unknown become EIO and are named by their number", () => {
    expect(toFreebsdErrno(4095)).toBe(E.EIO);
    expect(linuxErrnoName(4095)).toBe("4095");
    expect(new KernelError(4095, "x")).toMatchObject({ code: "4095", errno: E.EIO, exit: 71 });
  });
});
