/** `flow-hash` of `flowHash`, and of itself. */
export function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(/^-/, "");
}

/** `flowHash` of `flow-hash`. */
export function camel(name) {
  return name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

/** `FlowHash` of `flow-hash`. */
export function pascal(name) {
  const word = camel(name);
  return word[0].toUpperCase() + word.slice(1);
}

/** `Flow hash` of `flow-hash`. */
export function title(name) {
  const words = kebab(name).replaceAll("-", " ");
  return words[0].toUpperCase() + words.slice(1);
}
