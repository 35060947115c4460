import { fixedString, string, typeOf } from "@ngflow/graph";

const IFNAMSIZ = 16;
const buffer = fixedString(IFNAMSIZ);

/** The name of an interface in a reply: a string, in a buffer as large as the longest. */
export const interfaceName = typeOf<string>(string, {
  open: true,
  get: (input) => string.get(input),
  put: (name, output) => buffer.put(name.slice(0, IFNAMSIZ - 1), output),
});
