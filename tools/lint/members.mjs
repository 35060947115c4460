// A lint rule for the members of classes, constructors excepted. It is off in the files of the data path, where
// TypeScript's `private` costs nothing at run time.

const MESSAGE =
  "Private members are written #name, so that the runtime keeps them private; only hot files say `private`.";

const noPrivateKeyword = {
  meta: { type: "problem", docs: { description: MESSAGE } },
  create(context) {
    const check = (node) => {
      if (node.accessibility === "private" && node.kind !== "constructor") context.report({ node, message: MESSAGE });
    };
    return { PropertyDefinition: check, MethodDefinition: check, AccessorProperty: check, TSParameterProperty: check };
  },
};

export default {
  meta: { name: "members" },
  rules: { "no-private-keyword": noPrivateKeyword },
};
