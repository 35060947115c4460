import { camel, kebab, title } from "../names.mjs";

const row = (name, charts) => `import type { ViewRow } from "./view.ts";

/** Say what the page answers. */
export const ${camel(name)}View: ViewRow = {
  path: "/${kebab(name)}",
  title: { en: "${title(name)}", ja: "${title(name)}" },
  needs: () => [${charts.map((chart) => `"${chart}"`).join(", ")}],
};
`;

export const view = {
  summary: "a page of the console, with charts",
  example: "explore traffic talkers",
  name: /^[a-z][a-z-]*$/,
  more: true,
  make(name, charts) {
    const table = "packages/console/src/views/index.ts";
    return {
      files: { [`packages/console/src/views/${kebab(name)}.ts`]: row(name, charts) },
      lines: [
        { file: table, text: `import { ${camel(name)}View } from "./${kebab(name)}.ts";`, place: "imports" },
        { file: table, text: `${camel(name)}View`, place: /\];$/m, joined: true },
      ],
      next: "npm run build && npm run test:e2e",
    };
  },
};
