import { expect, it } from "vitest";
import { CommandError } from "../commands/ngctl/command-error.ts";
import { HARMLESS_FILES } from "./harmless-files.ts";

it.each([
  ["too long", "a".repeat(5000)],
  ["with a zero", "a\0b"],
  ["below a file", `${import.meta.filename}/x`],
  ["of nothing", "/nowhere/at/all"],
  ["of a device", "/dev/zero"],
])("a file name %s is an error of the command", (_title, file) => {
  expect(() => HARMLESS_FILES.readText(file)).toThrow(CommandError);
  expect(() => HARMLESS_FILES.readStart(file, 8)).toThrow(CommandError);
});
