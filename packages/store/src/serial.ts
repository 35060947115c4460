/** Runs steps one after the other. A step that fails does not stop the next one. */
export type Serial = <T>(step: () => Promise<T>) => Promise<T>;

export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (step) => {
    const done = last.then(step, step);
    last = done.catch(() => undefined);
    return done;
  };
}
