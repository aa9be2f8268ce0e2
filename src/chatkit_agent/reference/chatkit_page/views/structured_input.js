/** Questions that the assistant asks with choices or a field, all answered at once. */
import { html, Icon, usePanel, useState } from "../ui.js";

/** @param {FormData} data @param {any} input */
function answerOf(data, input) {
  const other = String(data.get(`${input.id}/other`) ?? "").trim();
  const values = data.getAll(input.id).map(String).filter((value) => value.trim());
  const all = other && (input.multiple || !values.length) ? [...values, other] : values;
  return all.length ? { values: all, skipped: false } : { values: [], skipped: true };
}

/** @param {{ input: any, words: any }} props */
function Question({ input, words }) {
  const [other, setOther] = useState("");
  if (input.type === "freeform")
    return html`<label class="question"><span dir="auto">${input.question}</span>${input.description && html`<small dir="auto">${input.description}</small>`}<textarea class="field" name=${input.id} rows="2" placeholder=${words.question}></textarea></label>`;
  const kind = input.multiple ? "checkbox" : "radio";
  return html`<fieldset class="question">
    <legend dir="auto">${input.question}</legend>
    ${input.options.map((/** @type {any} */ { value }) => html`<label class="option"><input type=${kind} name=${input.id} value=${value} onChange=${() => !input.multiple && setOther("")} /><span dir="auto">${value}</span></label>`)}
    <input class="field" name=${`${input.id}/other`} aria-label=${words.other} placeholder=${words.other} value=${other} onInput=${(/** @type {any} */ event) => {
      setOther(event.target.value);
      if (!input.multiple && event.target.value) for (const box of event.target.form.elements) if (box.name === input.id) box.checked = false;
    }} />
  </fieldset>`;
}

/** @param {{ item: any }} props */
export function StructuredInput({ item }) {
  const { session, words } = usePanel();
  if (item.status !== "pending")
    return html`<dl class="answers">${item.inputs.map((/** @type {any} */ { question, answer }) => html`<dt dir="auto">${question}</dt><dd dir="auto">${answer?.values?.length ? answer.values.join(", ") : words.skipped}</dd>`)}</dl>`;
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const answers = Object.fromEntries(item.inputs.map((/** @type {any} */ input) => [input.id, answerOf(data, input)]));
    session.answer(item.id, { status: "answered", answers });
  };
  const skip = () => session.answer(item.id, { status: "skipped", answers: {} });
  return html`<form class="structured card" part="structured-input" onSubmit=${submit}>
    <fieldset class="plain">
      ${item.inputs.map((/** @type {any} */ input) => html`<${Question} key=${input.id} input=${input} words=${words} />`)}
      <div class="buttons">
        <button type="button" class="button" onClick=${skip}>${words.skip}</button>
        <button type="submit" class="button primary"><${Icon} name="check" />${words.submit}</button>
      </div>
    </fieldset>
  </form>`;
}
