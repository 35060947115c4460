import { expect, it } from "vitest";
import { columnsOf, fitLines } from "./fit-lines.ts";

const LINE = "warn  clock      nothing keeps the clock in step";

it("breaks a line at blanks, and goes on below its text", () => {
  expect(fitLines(`${LINE}\nok\n`, 36, 17)).toBe(
    "warn  clock      nothing keeps the\n                 clock in step\nok\n",
  );
});

it("leaves what is not for a terminal, and a word that is too long", () => {
  expect(fitLines(LINE, columnsOf({ isTTY: false, columns: 20 }))).toBe(LINE);
  expect(fitLines(LINE, columnsOf({}))).toBe(LINE);
  expect(fitLines("http://127.0.0.1:8080/explore", columnsOf({ isTTY: true, columns: 20 }))).toBe(
    "http://127.0.0.1:8080/explore",
  );
});
