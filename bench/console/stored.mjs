// The first chart over a data directory that is already full: home and Explore over all that is stored, the browser
// without a cache, the server asked for the first time or again.
import { ngflow, served } from "../query/stores.mjs";
import { firstChart } from "./measure.mjs";

const DAY_MS = 86_400_000;

/** `{ name, path }` of pages over the range from `from` to `to`, both in milliseconds. */
function pages(from, to) {
  const range = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
  return [
    { name: "home", path: `/?${range}`, shown: '[aria-label="Groups"] li button' },
    { name: "Explore by protocol", path: `/explore?${range}&dims=Proto`, shown: ".result tbody tr" },
    { name: "Explore by source", path: `/explore?${range}&dims=SrcAddr`, shown: ".result tbody tr" },
  ];
}

/**
 * Milliseconds until the first chart of each page is drawn, of a server just started and of one that was asked before.
 * @returns rows in the store, and for each page `first` and `again`, the median of `rounds`
 */
export async function storedScreens(data, rounds) {
  const { tiers } = JSON.parse(ngflow("store", "status", "--data", data, "--json").stdout);
  const { rows, from, to } = tiers.find(({ name }) => name === "flows");
  // Both are days.
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to) + DAY_MS];
  const screens = {};
  for (const { name, path, shown } of pages(fromMs, toMs)) {
    screens[name] = await served(data, async (_, __, url) => {
      const first = await firstChart(url + path, shown);
      const again = [];
      for (let i = 0; i < rounds; i++) again.push((await firstChart(url + path, shown)).chartMs);
      return { first: first.chartMs, again: again.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] };
    });
    process.stdout.write(`${rows} flows, ${name}: ${JSON.stringify(screens[name])}\n`);
  }
  return { rows, screens };
}
