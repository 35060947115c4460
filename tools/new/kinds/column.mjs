import { kebab, title } from "../names.mjs";

const TABLE = "packages/flows/src/columns/device.ts";

/** Rows of the column, or of both columns of a pair: a name that begins with Src makes the one of Dst too. */
function rows(name) {
  const rest = /^(?:Src|Dst)([A-Z].*)$/.exec(name)?.[1];
  const row = (own, more) =>
    `  { name: "${own}", kind: "u32", role: "dimension", label: "${title(kebab(own))}", elements: [], ${more} },`;
  if (rest === undefined) return row(name, 'reverse: "keep"');
  const [source, destination] = [`Src${rest}`, `Dst${rest}`];
  return [
    row(source, `reverse: "swap", opposite: "${destination}"`),
    row(destination, `reverse: "swap", opposite: "${source}"`),
  ].join("\n");
}

export const column = {
  summary: "a column of flow rows; of SrcName the pair",
  example: "TunnelId",
  name: /^[A-Z][A-Za-z0-9]*$/,
  make(name) {
    return {
      files: {},
      lines: [{ file: TABLE, text: rows(name), place: /^\] as const/m }],
      next: "name the elements that fill the column in its row, then npm run gen && npm run check",
    };
  },
};
