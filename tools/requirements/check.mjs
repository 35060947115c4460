import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Whether a test has that title: the first argument of `it`, `test`, `describe`, or of what their `.each` returns. */
const isTitleIn = (text, title) =>
  text.includes(`(${JSON.stringify(title)},`) ||
  text.includes(`\n    ${JSON.stringify(title)},`) ||
  text.includes(`\n  ${JSON.stringify(title)},`);

/**
 * Looks up the tests that tables of rules name, below a folder.
 * @param {string} root
 * @returns {string[]} one line for each row whose test is absent, or that is done without a test
 */
export function checkRequirements(root, tables) {
  const violations = [];
  const texts = new Map();
  const textOf = (file) => {
    if (!texts.has(file)) texts.set(file, existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : null);
    return texts.get(file);
  };
  for (const { rfc, rows } of tables) {
    for (const [section, , rule, { state, tests, why }] of rows) {
      const place = `RFC ${rfc}, section ${section}, "${rule}"`;
      if (state === "done" && tests.length === 0) violations.push(`${place}: is done, but names no test`);
      if (state !== "done" && why === "") violations.push(`${place}: is ${state}, but says not why`);
      for (const { file, title } of tests) {
        const text = textOf(file);
        if (text === null) violations.push(`${place}: there is no file ${file}`);
        else if (!isTitleIn(text, title)) violations.push(`${place}: ${file} has no test "${title}"`);
      }
    }
  }
  return violations;
}
