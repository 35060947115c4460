import { camel, kebab, title } from "../names.mjs";

const row = (name) => `import { askedChart } from "../chart.ts";

/** Say what the chart shows. */
export const ${camel(name)}Chart = askedChart({
  kind: "${name}",
  label: { en: "${title(name)}", ja: "${title(name)}" },
  options: {},
  columns: 12,
  path: "/info",
  params: () => ({}),
  accepts: () => true,
});
`;

const render = (name) => `import type { ApiAnswer } from "@ngflow/server/client";

/** The answer as lines; no fetching, no DOM, so that it can be tested. */
export function ${camel(name)}Lines(answer: ApiAnswer<"/info">): string[] {
  return Object.entries(answer).map(([key, value]) => \`\${key}: \${value}\`);
}
`;

const test = (name) => `import { expect, test } from "vitest";
import { ${camel(name)}Lines } from "./render.ts";

test("shows every value of the answer", () => {
  expect(${camel(name)}Lines({ mode: "demo", interfaces: 1 })).toEqual(["mode: demo", "interfaces: 1"]);
});
`;

const component = (name) => `<script lang="ts">
  import { say } from "../../messages/catalogue.ts";
  import { answers } from "../../state/answers.svelte.ts";
  import { ${camel(name)}Chart } from "./chart.ts";
  import { ${camel(name)}Lines } from "./render.ts";

  const answer = $derived(answers.of("${name}"));
</script>

<section class="panel" aria-label={say(${camel(name)}Chart.label)}>
  <header><h2>{say(${camel(name)}Chart.label)}</h2></header>
  {#each answer ? ${camel(name)}Lines(answer.result) : [] as line (line)}<p>{line}</p>{/each}
</section>
`;

export const chart = {
  summary: "a chart of the console",
  example: "heatmap",
  name: /^[a-z][a-z0-9]*$/,
  make(name) {
    const folder = `packages/console/src/charts/${kebab(name)}`;
    const table = "packages/console/src/charts/index.ts";
    return {
      files: {
        [`${folder}/chart.ts`]: row(name),
        [`${folder}/render.ts`]: render(name),
        [`${folder}/chart.test.ts`]: test(name),
        [`${folder}/Chart.svelte`]: component(name),
      },
      lines: [
        { file: table, text: `import { ${camel(name)}Chart } from "./${kebab(name)}/chart.ts";`, place: "imports" },
        { file: table, text: `  ${name}: ${camel(name)}Chart,`, place: /^\} as const;$/m },
      ],
      next: "name it in the needs of a view, then npm run build && npm run test:e2e",
    };
  },
};
