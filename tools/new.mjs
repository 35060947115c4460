// Creates the files of an addition, and prints the lines that register it.
//   npm run new -- node|column|view|chart|route|protocol|verb NAME   writes the files, prints the lines
//   npm run new -- node NAME --apply                                 adds the lines too
import { parseArgs } from "node:util";
import { addLines, writeFiles } from "./new/scaffold.mjs";
import { KINDS } from "./new/kinds/index.mjs";
import { root } from "./workspaces.mjs";

const USAGE = "usage: npm run new -- KIND NAME [--apply] [--root DIR]";

function help() {
  const rows = Object.entries(KINDS).map(
    ([name, { summary, example }]) => `  ${name.padEnd(9)} ${summary} (${example})`,
  );
  return `${USAGE}\n\nkinds:\n${rows.join("\n")}\n\n--apply adds the printed lines; --root works on another checkout.\n`;
}

function refuse(message) {
  process.stderr.write(`new: ${message}\n${USAGE}\n`);
  process.exit(64);
}

const options = { apply: { type: "boolean" }, root: { type: "string" }, help: { type: "boolean", short: "h" } };
let parsed;
try {
  parsed = parseArgs({ options, allowPositionals: true });
} catch (error) {
  refuse(error.message);
}
const { values, positionals } = parsed;
if (values.help) {
  process.stdout.write(help());
  process.exit(0);
}
const [kindName, name, ...rest] = positionals;
const kind = Object.hasOwn(KINDS, kindName ?? "") ? KINDS[kindName] : undefined;
if (kind === undefined) refuse(`name a kind: ${Object.keys(KINDS).join(", ")}`);
if (name === undefined || (rest.length > 0 && !kind.more)) refuse(`name one ${kindName}, for example ${kind.example}`);
if (!kind.name.test(name)) refuse(`"${name}" is not a name of a ${kindName}; an example is ${kind.example}`);

const checkout = values.root ?? root;
try {
  const { files, lines, next } = kind.make(name, rest);
  for (const path of writeFiles(checkout, files)) process.stdout.write(`made  ${path}\n`);
  if (values.apply) for (const path of addLines(checkout, lines)) process.stdout.write(`added to ${path}\n`);
  else for (const { file, text } of lines) process.stdout.write(`\nadd to ${file}:\n${text.replace(/^/gm, "  ")}\n`);
  process.stdout.write(`\nnext: ${next}\n`);
} catch (error) {
  process.stderr.write(`new: ${error.message}\n`);
  process.exit(1);
}
