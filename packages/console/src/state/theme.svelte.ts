import { type Palette, PALETTES } from "../theme/palette.ts";

const KEY = "ngflow-theme";
type Choice = "light" | "dark";

function stored(): Choice | null {
  const text = localStorage.getItem(KEY);
  return text === "light" || text === "dark" ? text : null;
}

/** Light or dark: the system's preference until the reader chooses. */
class Theme {
  readonly #system = matchMedia("(prefers-color-scheme: dark)");
  #choice = $state<Choice | null>(stored());
  #systemDark = $state(this.#system.matches);

  constructor() {
    this.#system.addEventListener("change", (event) => {
      this.#systemDark = event.matches;
    });
  }

  get name(): Choice {
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
