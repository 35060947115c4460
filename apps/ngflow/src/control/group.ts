import { readFileSync } from "node:fs";
import { ControlError } from "./errors.ts";

const FILE = "/etc/group";

/** Number of a group, given by name or number. @throws NgflowError `no-such-group`. */
export function groupId(group: string): number {
  if (/^\d{1,9}$/.test(group)) return Number(group);
  let text = "";
  try {
    text = readFileSync(FILE, "utf8");
  } catch {
    // Without the file there is no such group either.
  }
  const fields = text.split("\n").map((line) => line.split(":"));
  const found = fields.find(([name]) => name === group);
  if (found?.[2] !== undefined) return Number(found[2]);
  throw new ControlError("no-such-group", `--control-group ${group}: no such group in ${FILE}`);
}
