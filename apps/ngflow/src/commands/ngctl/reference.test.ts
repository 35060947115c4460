import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { renderReference } from "./reference.ts";
import { VERBS } from "./verbs.ts";

it("the reference page describes every command; `npm run gen` writes it", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../../docs/reference/ngctl.md"), "utf8");
  for (const verb of VERBS) expect(page).toContain(`### ${verb.name}\n`);
  expect(page).toContain(renderReference());
});
