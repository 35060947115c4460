import { flushSync } from "svelte";
import { type Palette, PALETTES } from "../theme/palette.ts";

const KEY = "ngflow-theme";
type Choice = "light" | "dark";

function stored(): Choice | null {
  const text = localStorage.getItem(KEY);
  return text === "light" || text === "dark" ? text : null;
}

/** Light or dark: the system's preference until the reader chooses; paper is light. */
class Theme {
  readonly #system = matchMedia("(prefers-color-scheme: dark)");
  #choice = $state<Choice | null>(stored());
  #systemDark = $state(this.#system.matches);
  readonly #print = matchMedia("print");
  #isPrinted = $state(this.#print.matches);

  constructor() {
    this.#system.addEventListener("change", (event) => {
      this.#systemDark = event.matches;
    });
    // Canvases are drawn before the paper is.
    this.#print.addEventListener("change", ({ matches }) => flushSync(() => (this.#isPrinted = matches)));
  }

  get name(): Choice {
    if (this.#isPrinted) return "light";
    return this.#choice ?? (this.#systemDark ? "dark" : "light");
  }

  get palette(): Palette {
    return PALETTES[this.name];
  }

  toggle(): void {
    this.#choice = this.name === "dark" ? "light" : "dark";
    localStorage.setItem(KEY, this.#choice);
  }
}

export const theme = new Theme();
