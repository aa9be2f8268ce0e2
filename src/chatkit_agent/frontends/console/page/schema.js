/** A form from a JSON schema, and the values of what was filled in. */

/** @param {any} schema @param {any} root @returns {any} */
function resolved(schema, root) {
  let found = schema;
  while (found?.$ref) found = found.$ref.replace("#/", "").split("/").reduce((/** @type {any} */ at, /** @type {string} */ step) => at?.[step], root);
  const choice = found?.anyOf ?? found?.oneOf;
  if (choice) return { ...found, ...resolved(choice.find((/** @type {any} */ one) => one.type !== "null") ?? {}, root) };
  return found ?? {};
}

/** @param {any} schema */
function kindOf({ type }) {
  const kind = Array.isArray(type) ? type.find((one) => one !== "null") : type;
  return ["string", "number", "integer", "boolean"].includes(kind) ? kind : "json";
}

/** @param {any} schema @returns {{ name: string, kind: string, choices?: string[], required: boolean, about: string }[]} */
export function fieldsOf(schema) {
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).map(([name, given]) => {
    const one = resolved(given, schema);
    return { name, kind: kindOf(one), choices: one.enum?.map(String), required: required.includes(name), about: one.description ?? (kindOf(one) === "json" ? "JSON" : "") };
  });
}

/** @param {any} schema @param {FormData} form */
export function valuesOf(schema, form) {
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const { name, kind, required } of fieldsOf(schema)) {
    const text = String(form.get(name) ?? "");
    if (!text && !(required && kind === "string")) continue;
    values[name] = kind === "number" || kind === "integer" ? Number(text) : kind === "boolean" ? text === "true" : kind === "json" ? parsed(text) : text;
  }
  return values;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
