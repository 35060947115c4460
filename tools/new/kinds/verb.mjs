import { kebab } from "../names.mjs";

const source = (name) => `import { type Command } from "commander";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { writeOut } from "../../../output/write.ts";

interface Options {
  readonly data?: string;
  readonly json?: boolean;
}

/** Says what \`ngflow ${name}\` does. @throws NgflowError when … */
async function run(options: Options): Promise<void> {
  const answer = { data: dataDirectory(options.data) };
  await writeOut(options.json === true ? \`\${JSON.stringify(answer)}\\n\` : \`data  \${answer.data}\\n\`);
}

export function define(command: Command): Command {
  return command.addOption(sharedOptions.data()).option("--json", "print JSON").action(run);
}
`;

export const verb = {
  summary: "a verb of ngflow",
  example: "report",
  name: /^[a-z][a-z-]*$/,
  make(name) {
    const file = kebab(name);
    return {
      files: { [`apps/ngflow/src/commands/ngflow/verbs/${file}.ts`]: source(name) },
      lines: [
        {
          file: "apps/ngflow/src/commands/ngflow/verbs.ts",
          text: `  { name: "${name}", summary: "say what it does, as an order", load: () => import("./verbs/${file}.ts") },`,
          place: /^\];$/m,
        },
      ],
      next: `npm run build && npx ngflow ${name} --help`,
    };
  },
};
