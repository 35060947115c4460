/**
 * Runs steps, several at a time. Of those that are waiting the first that may start is started: what it comes `after`
 * and what it `needs` has ended, and there is room for it.
 * @param steps rows as in steps.mjs
 * @param cores how many cores the machine has; a step that asks for more gets the whole machine
 * @param run runs a step and resolves when it has ended; it must not reject
 */
export function schedule(steps, cores, run) {
  const waiting = [...steps];
  const running = new Set();
  const unfinished = new Set(steps.map(({ name }) => name));
  const need = (step) => (step.alone ? cores : Math.min(step.cores, cores));

  const mayStart = (step) => {
    const earlier = [...(step.after ?? []), ...(step.needs ?? [])];
    if (earlier.some((name) => unfinished.has(name))) return false;
    if (running.size === 0) return true;
    if (step.alone || [...running].some(({ alone }) => alone)) return false;
    const busy = [...running].reduce((sum, each) => sum + need(each), 0);
    return busy + need(step) <= cores;
  };

  return new Promise((resolve, reject) => {
    const startNext = () => {
      for (let next = waiting.find(mayStart); next !== undefined; next = waiting.find(mayStart)) start(next);
      if (running.size > 0) return;
      if (waiting.length === 0) resolve();
      else reject(new Error(`steps that wait for each other: ${waiting.map(({ name }) => name).join(", ")}`));
    };
    const start = (step) => {
      waiting.splice(waiting.indexOf(step), 1);
      running.add(step);
      Promise.resolve(run(step))
        .then(() => {
          running.delete(step);
          unfinished.delete(step.name);
          startNext();
        })
        .catch(reject);
    };
    startNext();
  });
}

/** The steps that are run for those that were asked for: themselves and what they need, in the order of the table. */
export function withNeeds(table, wanted) {
  const names = new Set(wanted);
  for (const name of names) {
    for (const needed of table.find((step) => step.name === name)?.needs ?? []) names.add(needed);
  }
  return table.filter(({ name }) => names.has(name));
}
