import { expect, it } from "vitest";
import { localeText } from "./locale-text.ts";

const DRAWING = "  ▲  ╳\n┌─┐ ╔═╗\n│é│ ║…║\n└─┘ ╚═╝\n";

it.each([{ LC_ALL: "C" }, { LC_CTYPE: "POSIX", LANG: "en_US.UTF-8" }, { LC_ALL: "", LANG: "en_US.ISO-8859-1" }])(
  "a drawing is ASCII for %j, names stay",
  (env) => {
    expect(localeText(DRAWING, env)).toBe("  ^  x\n+-+ +=+\n|é| |.|\n+-+ +=+\n");
  },
);

it("signs of tables and status lines are ASCII, too", () => {
  expect(localeText("1 packets → 2 rows · no loss, ×18", { LC_ALL: "C" })).toBe("1 packets > 2 rows | no loss, x18");
});

it.each([{}, { LANG: "ja_JP.UTF-8" }, { LC_ALL: "C.utf8", LANG: "C" }])("a drawing stays as it is for %j", (env) => {
  expect(localeText(DRAWING, env)).toBe(DRAWING);
});
