import { EXIT } from "@ngflow/base";
import { type Command, Option } from "commander";
import { writeFileSync } from "node:fs";
import { stringify } from "yaml";
import { checkConfig, configFile, environmentSettings, settingsOf } from "../../../options/config-file.ts";
import { OptionsError } from "../../../options/errors.ts";
import { type SettingKey, SETTING_KEYS, variableName } from "../../../options/settings.ts";
import { printSentences, printText } from "../../../output/print-text.ts";
import { systemReason } from "../../../output/system-reason.ts";
import { writeOut } from "../../../output/write.ts";
import { settingsJsonSchema, settingsTemplate } from "../setting-documents.ts";
import { settingTexts } from "../setting-texts.ts";

const DEFAULT_FILE = "ngflow.yaml";

interface ShowOptions {
  readonly config?: string;
  readonly json?: boolean;
}

function check(file: string): void {
  const { settings, problems } = checkConfig(file);
  if (settings !== null) {
    const count = Object.keys(settings).length;
    printText(process.stdout, `${file}: right, ${count} ${count === 1 ? "key" : "keys"}\n`);
    return;
  }
  printSentences(process.stderr, problems.map((problem) => `${file}: ${problem}\n`).join(""));
  process.exitCode = EXIT.config;
}

/** The settings that hold without options, and where each comes from. */
async function show({ config, json }: ShowOptions): Promise<void> {
  const file = configFile(config);
  const ofFile = file === undefined ? {} : settingsOf(file);
  const ofEnvironment = environmentSettings();
  const shown: Partial<Record<SettingKey, { readonly value: unknown; readonly from: string }>> = {};
  for (const key of SETTING_KEYS) {
    if (ofEnvironment[key] !== undefined) shown[key] = { value: ofEnvironment[key], from: variableName(key) };
    else if (ofFile[key] !== undefined) shown[key] = { value: ofFile[key], from: file! };
  }
  if (json === true) {
    await writeOut(`${JSON.stringify({ settings: shown })}\n`);
    return;
  }
  const lines = Object.entries(shown).map(
    ([key, { value, from }]) =>
      `${key}: ${stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd()}  # ${from}\n`,
  );
  printText(process.stdout, lines.length === 0 ? "nothing is set: every default holds\n" : lines.join(""));
}

async function init(file: string): Promise<void> {
  const text = settingsTemplate(await settingTexts());
  if (file === "-") {
    await writeOut(text);
    return;
  }
  try {
    writeFileSync(file, text, { flag: "wx", mode: 0o644 });
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === "EEXIST" ? "exists already" : systemReason(cause);
    throw new OptionsError("config-write", `${file}: ${reason}`);
  }
  printSentences(process.stdout, `${file}: every key, in comments; then ngflow config check ${file}\n`);
}

export function define(command: Command): Command {
  command
    .command("check")
    .description("say what is wrong with a configuration file; exit status 78 if something is")
    .argument("[file]", "the file", DEFAULT_FILE)
    .action(check);
  command
    .command("show")
    .description("print the settings of the file and the environment, and where each comes from")
    .addOption(new Option("--config <file>", "configuration file (default: NGFLOW_CONFIG)"))
    .addOption(new Option("--json", "JSON instead of YAML"))
    .action(show);
  command
    .command("init")
    .description("write a configuration file with every key in a comment; it overwrites nothing")
    .argument("[file]", "the file, or - for standard output", DEFAULT_FILE)
    .action(init);
  command
    .command("schema")
    .description("print the JSON Schema of the configuration file, for editors")
    .action(async () => {
      await writeOut(`${JSON.stringify(settingsJsonSchema(await settingTexts()), null, 2)}\n`);
    });
  return command;
}
