/** The divider between chat and inspector: by pointer or by keys, and remembered. */

const KEY = "chatkit-console";

/** What is remembered of this browser's user: widths and tabs, and nothing of a conversation. */
export const remembered = {
  /** @returns {any} */
  all() {
    try {
      return JSON.parse(localStorage.getItem(KEY) ?? "{}");
    } catch {
      return {};
    }
  },
  /** @param {any} more */
  set(more) {
    try {
      localStorage.setItem(KEY, JSON.stringify({ ...this.all(), ...more }));
    } catch {
      // This browser keeps nothing.
    }
  },
};

/** @param {HTMLElement} panes @param {HTMLElement} divider */
export function resizable(panes, divider) {
  let share = remembered.all().chat ?? 42;
  const apply = (/** @type {number} */ wanted) => {
    share = Math.min(75, Math.max(22, wanted));
    panes.style.setProperty("--chat", `${share}%`);
    divider.setAttribute("aria-valuenow", String(Math.round(share)));
    remembered.set({ chat: share });
  };
  apply(share);
  divider.addEventListener("pointerdown", (event) => divider.setPointerCapture(event.pointerId));
  divider.addEventListener("pointermove", (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const { left, width } = panes.getBoundingClientRect();
    apply(((event.clientX - left) / width) * 100);
  });
  divider.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
    if (step) apply(share + step);
  });
}
