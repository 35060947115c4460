import { join } from "node:path";
import { expect, it } from "vitest";
import { renderReference } from "./reference.ts";
import { VERBS } from "./verbs.ts";

// `npx vitest run apps/ngflow/src/commands/ngctl/reference -u` writes the page anew.
it("the reference page is what the commands say of themselves", async () => {
  const page = renderReference();
  for (const verb of VERBS) expect(page).toContain(`### ${verb.name}\n`);
  await expect(page).toMatchFileSnapshot(join(import.meta.dirname, "../../../../../docs/reference/ngctl.md"));
});
