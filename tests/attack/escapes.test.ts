import { join } from "node:path";
import { must, run } from "../support/command.ts";
import { attacks } from "./support/attack.ts";
import { NGCTL, NGFLOW, prepare, start } from "./support/target.ts";

/** Clears a terminal, sets its title, and is a C1 control character as well. */
const NAME = "a\u001b[2J\u001b]0;t\u0007\u009bm";

/** Whether a text has control characters other than the ends of its lines and cells. */
const isRaw = (text: string): boolean => /\p{Cc}/u.test(text.replaceAll(/[\n\t]/g, ""));

/** Commands that print the name; the last three fail and name it in their error. */
const SHOWN: readonly (readonly string[])[] = [
  ["list"],
  ["list", "-l"],
  ["show", `${NAME}:`],
  ["dot"],
  ["show", `${NAME}x:`],
  ["msg", `${NAME}:`, `bad${NAME}`],
  [`bad${NAME}`],
];

attacks("escapes", [
  {
    name: "ngctl",
    does: "a node has a name with escape sequences, which seven commands print",
    unit: "outputs with raw bytes",
    before: 5,
    bar: 0,
    async run({ folder }) {
      prepare(folder);
      const control = join(folder, "control.sock");
      await start([...NGFLOW, "graph", "--demo", "1", "--control", control], "control");
      const ngctl = [...NGCTL, "--control", control];
      must([...ngctl, "mkpeer", "demo0:", "hole", "lower", "in"]);
      must([...ngctl, "name", "demo0:lower", NAME]);
      return SHOWN.map((words) => run([...ngctl, ...words])).filter(({ stdout, stderr }) => isRaw(stdout + stderr))
        .length;
    },
  },
]);
