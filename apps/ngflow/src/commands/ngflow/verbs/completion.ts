import type { Command } from "commander";
import { writeOut } from "../../../output/write.ts";
import { SHELL_SCRIPTS } from "../shell-scripts.ts";
import type { Verb } from "../verb.ts";
import { shellWords } from "../shell-words.ts";

/** Where a line of words ends: tabs and line ends are no part of a meaning. */
const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

export function define(command: Command, verbs: readonly Verb[]): Command {
  for (const [shell, script] of Object.entries(SHELL_SCRIPTS)) {
    command
      .command(shell)
      .description(`print the script for ${shell}`)
      .action(async () => {
        await writeOut(script);
      });
  }
  command
    .command("words")
    .description("print what fits the last word of a command line, for the scripts")
    .argument("[words...]", "the command line without ngflow, after --")
    .action(async (words: string[]) => {
      const fitting = await shellWords(words.length === 0 ? [""] : words, verbs);
      await writeOut(fitting.map(({ word, meaning }) => `${word}\t${flat(meaning)}\n`).join(""));
    });
  return command.addHelpText(
    "after",
    "\nExamples:" +
      '\n  eval "$(ngflow completion bash)"                  in ~/.bashrc' +
      "\n  source <(ngflow completion zsh)                   in ~/.zshrc, after compinit" +
      "\n  ngflow completion fish > ~/.config/fish/completions/ngflow.fish",
  );
}
