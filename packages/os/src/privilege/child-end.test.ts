import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { type ChildEnd, childEnd } from "./child-end.ts";

const linux = process.platform === "linux";

/** A child whose end was not collected: the sleeping parent has no event loop meanwhile. */
function endOf(script: string): ChildEnd | undefined {
  const { pid } = spawn("sh", ["-c", script], { stdio: "ignore" });
  expect(childEnd(pid!)).toBeUndefined();
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < 200; tries++) {
    const end = childEnd(pid!);
    if (end !== undefined) return end;
    Atomics.wait(clock, 0, 0, 10);
  }
  return undefined;
}

it.runIf(linux).each([
  ["sleep 0.1; exit 66", { exitCode: 66, signalCode: null }],
  ["sleep 0.1; kill -KILL $$", { exitCode: null, signalCode: "SIGKILL" }],
])("%s", (script, end) => expect(endOf(script)).toEqual(end));

it.runIf(linux)("returns nothing for a process that is not a child", () => {
  expect(childEnd(process.pid)).toEqual({ exitCode: null, signalCode: null });
});
