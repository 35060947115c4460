import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "vitest";

const PATHS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];

/** The reason to skip a test that needs programs of the system: undefined when all of them are there. */
export function absentTools(...tools: readonly string[]): string | undefined {
  const absent = tools.filter((tool) => !PATHS.some((path) => existsSync(join(path, tool))));
  return absent.length === 0 ? undefined : `not installed: ${absent.join(", ")}`;
}

/** The reason to skip a test that makes network namespaces. */
export function absentPrivilege(): string | undefined {
  if (process.platform !== "linux") return "network namespaces need Linux";
  return process.getuid?.() === 0 ? undefined : "network namespaces need root";
}

/**
 * Skips a test by name when a program it needs is not installed; `npm run verify` prints the reason next to its name.
 */
export function skipWithout(ctx: TestContext, ...tools: readonly string[]): void {
  const reason = absentTools(...tools);
  ctx.skip(reason !== undefined, reason);
}
