import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../support/command.ts";
import { attacks } from "./support/attack.ts";
import { NGFLOW } from "./support/target.ts";

const UNIT = "ngflow-collect.service";
const UNITS = "etc/systemd/system";

/** Links in the root that lead out of it, each made in `root`; `outside` must stay empty. */
const LINKS: Readonly<Record<string, (root: string, outside: string) => void>> = {
  "the first folder": (root, outside) => symlinkSync(outside, join(root, "etc")),
  "the folder of the units": (root, outside) => {
    mkdirSync(dirname(join(root, UNITS)), { recursive: true });
    symlinkSync(outside, join(root, UNITS));
  },
  "a unit": (root, outside) => {
    mkdirSync(join(root, UNITS), { recursive: true });
    symlinkSync(join(outside, "file"), join(root, UNITS, UNIT));
  },
};

attacks("install", [
  {
    name: "root",
    does: "ngflow service install --root of a folder with links out of it",
    unit: "of 3 written outside",
    before: 3,
    bar: 0,
    run({ folder }) {
      let written = 0;
      for (const [n, link] of Object.values(LINKS).entries()) {
        const [root, outside] = [join(folder, `root${n}`), join(folder, `outside${n}`)];
        for (const made of [root, outside]) mkdirSync(made);
        link(root, outside);
        run([...NGFLOW, "service", "install", "--for", "systemd", "--program", "/usr/bin/ngflow", "--root", root]);
        if (existsSync(join(outside, "file")) || run(["ls", "-A", outside]).stdout !== "") written += 1;
      }
      return Promise.resolve(written);
    },
  },
]);
