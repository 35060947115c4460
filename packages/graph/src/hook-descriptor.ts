import type { HookDescriptor, NodeType } from "./node-type.ts";

/** The row of a type's hook list that a hook name belongs to: the first one that fits; undefined for none. */
export function hookDescriptor(type: NodeType, hookName: string): HookDescriptor | undefined {
  return type.hooks.find(({ name }) => pattern(name).test(hookName));
}

/** `<any>` stands for any name, a letter in angle brackets for a decimal number. */
function pattern(name: string): RegExp {
  const parts = name.split(/(<any>|<[A-Z]>)/).map((part) => {
    if (part === "<any>") return ".*";
    return /^<[A-Z]>$/.test(part) ? "[0-9]+" : part.replace(/[^\w]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`, "s");
}
