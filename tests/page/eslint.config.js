/** What the delivered modules are held to besides their types. */
import globals from "globals";

const rules = {
  "no-undef": "error",
  "no-unused-vars": ["error", { varsIgnorePattern: "^_", argsIgnorePattern: "^_" }],
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-script-url": "error",
  "no-var": "error",
  "prefer-const": "error",
  eqeqeq: ["error", "always", { null: "ignore" }],
  "no-console": "error",
  "no-debugger": "error",
  "no-unreachable": "error",
  "no-self-assign": "error",
  "no-shadow-restricted-names": "error",
  "no-restricted-properties": [
    "error",
    { property: "innerHTML", message: "Nothing is parsed as HTML here." },
    { property: "outerHTML", message: "Nothing is parsed as HTML here." },
    { property: "insertAdjacentHTML", message: "Nothing is parsed as HTML here." },
  ],
  "no-restricted-globals": ["error", "localStorage", "sessionStorage", "indexedDB"],
  "max-lines": ["error", 400],
  complexity: ["error", 24],
};

export default [
  { ignores: ["**/vendor/**", "**/*.d.ts"] },
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser },
    rules,
  },
  // How wide its panes are, and nothing of a conversation.
  { files: ["**/console/page/dividers.js"], rules: { "no-restricted-globals": "off" } },
];
