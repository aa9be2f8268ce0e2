/** The actions of a widget: who handles them, what they carry, and what shows that they run. */
import { useContext, createContext } from "../vendor/preact-htm.js";
import { usePanel, useState } from "../ui.js";

/** @import { ActionConfig } from "../types" */

/** @type {any} */
export const Acting = createContext(null);

/** The values of a form; a name with dots makes an object in an object. @param {FormData} data */
export function valuesOf(data) {
  /** @type {any} */
  const values = {};
  for (const [name, value] of data) {
    const path = name.split(".").filter((part) => part !== "__proto__");
    const last = /** @type {string} */ (path.pop());
    const place = path.reduce((at, part) => (at[part] ??= {}), values);
    place[last] = value === "on" ? true : value;
  }
  return values;
}

/** @param {any} payload @param {any} values */
const merged = (payload, values) => {
  if (!Object.keys(values).length) return payload;
  return payload && typeof payload === "object" && !Array.isArray(payload) ? { ...payload, ...values } : { ...(payload != null && { payload }), ...values };
};

/** Everything in a widget that can be waited for. @param {any} item */
export function useActing(item) {
  const { session, options } = usePanel();
  const [busy, setBusy] = useState(/** @type {string | null} */ (null));
  /**
   * @param {ActionConfig | null | undefined} config @param {any} source what it was started by
   * @param {HTMLFormElement | null} [form] @param {object} [values]
   */
  const act = async (config, source, form = null, values = {}) => {
    if (!config || busy || session.turn) return;
    const { type, payload, handler = "server", loadingBehavior = "auto", streaming = true } = config;
    const sent = { type, payload: merged(payload, { ...(form ? valuesOf(new FormData(form)) : {}), ...values }) };
    const behaviour = loadingBehavior === "auto" ? (form ? "container" : "self") : loadingBehavior;
    if (behaviour !== "none") setBusy(behaviour === "self" ? source : "container");
    try {
      if (handler === "client") await options.widgets?.onAction?.(sent, { id: item.id, widget: item.widget });
      else await session.act(sent, item.id, streaming);
    } catch (error) {
      session.fail(error);
    } finally {
      setBusy(null);
    }
  };
  return { busy, act };
}

/** @returns {{ busy: string | null, act: Function, scheme: "light" | "dark" }} */
export const useAct = () => useContext(Acting);
