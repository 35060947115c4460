import { EXIT } from "@ngflow/base";
import type { Command } from "commander";
import { type SharedConfig, withConfig } from "../../../options/config-file.ts";
import { databaseOptions } from "../../../options/database-options.ts";
import { sharedOptions } from "../../../options/options.ts";
import { dataDirectory } from "../../../options/paths.ts";
import { printText } from "../../../output/print-text.ts";
import { writeOut } from "../../../output/write.ts";
import { type ActionName, type ActionResult, ACTIONS } from "../../../store/actions.ts";
import { findingsText, repairText, statusText } from "../../../store/render.ts";
import { backupStore, restoreInto } from "../store-backup.ts";
import type { CopyOptions as AnyCopyOptions } from "../copy-options.ts";
import { copyAnonymisedTo } from "../store-anonymise.ts";
import { copyStoreTo } from "../store-copy.ts";
import { forgetCollector, showCollectors } from "../store-forget.ts";
import { actionResult } from "../store-action.ts";
import { progressLine } from "../progress-line.ts";
import { enterDataDirectory } from "../stored-flows.ts";

interface Options extends SharedConfig {
  readonly config?: string;
  readonly json?: boolean;
}

type CopyOptions = Options & AnyCopyOptions;

/** Actions that have a command of their own. */
type ShownName = Exclude<ActionName, "snapshot" | "forget">;

/** How each action is shown, and whether something is wrong afterwards. */
const SHOWN: {
  readonly [A in ShownName]: {
    readonly summary: string;
    text(result: ActionResult<A>): string;
    isWrong(result: ActionResult<A>): boolean;
  };
} = {
  status: {
    summary: "what is kept, from when to when, its size, the limits, and what was removed",
    text: statusText,
    isWrong: () => false,
  },
  verify: {
    summary: "read every part and compare the rows with the ledger; exit status 1 if some are missing",
    text: findingsText,
    isWrong: ({ missing, damaged }) => missing.length + damaged.length > 0,
  },
  repair: {
    summary: "take back parts and blocks that were set aside and are whole; nothing is deleted",
    text: repairText,
    isWrong: ({ missing, damaged }) => missing.length + damaged.length > 0,
  },
  compact: {
    summary: "merge the parts of every day into one",
    text: statusText,
    isWrong: () => false,
  },
};

async function run<A extends ShownName>(action: A, options: Options): Promise<void> {
  const directory = dataDirectory(options.data);
  const line = progressLine();
  let result: ActionResult<A>;
  try {
    await enterDataDirectory(directory);
    result = await actionResult(directory, action, (done, total) =>
      line.show(`${done} of ${total} ${ACTIONS[action].unit}`),
    );
  } finally {
    line.end();
  }
  if (options.json === true) await writeOut(`${JSON.stringify(result)}\n`);
  else printText(process.stdout, SHOWN[action].text(result));
  if (SHOWN[action].isWrong(result)) process.exitCode = EXIT.failed;
}

export function define(command: Command): Command {
  command.addHelpText(
    "after",
    "\nIf a daemon has the data directory open, it does the work, also\nwhen the command is ended." +
      "\nOtherwise the command opens the store itself. It drops nothing." +
      "\n\nExamples:" +
      "\n  ngflow store status" +
      "\n  ngflow store copy clickhouse://ngflow@db.example.net/ngflow \\" +
      "\n      --store-password-file /etc/ngflow/password" +
      "\n  ngflow store copy /srv/shared-flows --anonymise /etc/ngflow/copy.key" +
      "\n\nMore: docs/how-to/clickhouse.md, docs/how-to/upgrade-and-backup.md",
  );
  for (const action of Object.keys(SHOWN) as ShownName[]) {
    command
      .command(action)
      .description(SHOWN[action].summary)
      .addOption(sharedOptions.data())
      .addOption(sharedOptions.config())
      .option("--json", "print JSON")
      .action((options: Options) => run(action, withConfig(options)));
  }
  command
    .command("collectors")
    .description("the collectors of the database of a server: what each has, and when it was seen last")
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .option("--json", "print JSON")
    .action((options: Options) => showCollectors(withConfig(options)));
  command
    .command("forget")
    .description("drop all tables of another collector of the database, which is gone for good")
    .argument("<collector>", 'its name; "-" for the one without a name')
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .option("--yes", "do not ask")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nA new data directory can go on with its tables instead, and drops what\nis too old:" +
        "\n  ngflow up --store URL --store-collector NAME --store-take-over",
    )
    .action((name: string, options: Options & { readonly yes?: boolean }) =>
      forgetCollector(name, withConfig(options)),
    );
  command
    .command("backup")
    .description("copy what is stored into a directory, also while a daemon has it open; every file is read back")
    .argument("<directory>", "absent, empty, or with a backup that was interrupted, which is continued")
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .option("--json", "print JSON")
    .action((to: string, options: Options) => backupStore(to, withConfig(options)));
  command
    .command("restore")
    .description("copy a backup into a data directory without flows, and verify every row")
    .argument("<directory>", "the directory of the backup")
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .option("--json", "print JSON")
    .action((from: string, options: Options) => restoreInto(from, withConfig(options)));
  const copy = command
    .command("copy")
    .description("copy what is stored into another database, compare it, and keep flows there from now on")
    .argument(
      "<to>",
      "clickhouse://USER@HOST:8123/DATABASE, clickhouse+https://…, chdb: for the data directory; a new directory with" +
        " --anonymise",
    )
    .addOption(sharedOptions.data())
    .addOption(sharedOptions.config())
    .option("--json", "print JSON")
    .option(
      "--anonymise <keyfile>",
      "into a new data directory, with other addresses that keep common prefixes (Crypto-PAn)",
    )
    .option("--keep-exporters", "with --anonymise: leave addresses of exporters as they are")
    .addHelpText(
      "after",
      "\nStop ngflow serve or up before; ngflow collect may run: flows wait in the\nspool meanwhile." +
        "\nThe same command goes on with a copy that was interrupted. What was\ncopied from stays as it is.",
    )
    .action((to: string, options: CopyOptions) => {
      const { anonymise } = options;
      return anonymise === undefined
        ? copyStoreTo(to, withConfig(options))
        : copyAnonymisedTo(to, anonymise, withConfig(options));
    });
  for (const option of databaseOptions().filter(({ long }) => long !== "--store" && long !== "--store-take-over"))
    copy.addOption(option);
  return command;
}
