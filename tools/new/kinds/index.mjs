import { chart } from "./chart.mjs";
import { column } from "./column.mjs";
import { node } from "./node.mjs";
import { protocol } from "./protocol.mjs";
import { route } from "./route.mjs";
import { verb } from "./verb.mjs";
import { view } from "./view.mjs";

/**
 * What `npm run new` makes. Of each kind: `summary` and `example` for the help, `name` that a name has to match, and
 * `make(name)`: the files by path, the lines with the file and the place of each, and what to do next.
 */
export const KINDS = { node, column, view, chart, route, protocol, verb };
