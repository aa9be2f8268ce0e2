/** Widgets: what a server draws from components. */
import { fill, html, Icon, Markdown, memo, own, Spinner, useEffect, usePanel, useRef, useState } from "../ui.js";
import { createContext, useContext } from "../vendor/preact-htm.js";
import { Picture } from "../views/more.js";

/** @import { Act, Component, Props, Scheme, Series, WidgetNode } from "../types" */

/** What names stand for. @type {Record<string, Record<string, any>>} */
const SCALES = {
  radius: { none: 0, "2xs": 2, xs: 4, sm: 6, md: 8, lg: 10, xl: 12, "2xl": 16, "3xl": 20, "4xl": 24, full: 9999, "100%": "100%" },
  flex: { start: "flex-start", end: "flex-end", between: "space-between", around: "space-around", evenly: "space-evenly" },
  variable: { prose: "text", primary: "text", emphasis: "text", secondary: "quiet", tertiary: "quiet", success: "success", warning: "warning", danger: "danger", info: "info", discovery: "discovery", caution: "warning", default: "line", subtle: "softer", strong: "strong-line", surface: "surface", "surface-secondary": "soft", "surface-tertiary": "softer", "surface-elevated": "surface", "surface-elevated-secondary": "soft" },
  hue: { red: 25, orange: 50, amber: 75, yellow: 95, lime: 125, green: 150, emerald: 160, teal: 180, cyan: 205, sky: 230, blue: 255, indigo: 275, violet: 290, purple: 305, fuchsia: 320, pink: 350, rose: 12 },
  weight: { normal: 400, medium: 500, semibold: 600, bold: 700 },
  icon: { xs: 12, sm: 14, md: 16, lg: 20, xl: 24, "2xl": 32, "3xl": 40 },
  text: { xs: "0.78em", sm: "0.87em", lg: "1.1em", xl: "1.25em" },
  title: { sm: "1em", lg: "1.2em", xl: "1.4em", "2xl": "1.6em", "3xl": "1.9em", "4xl": "2.3em", "5xl": "2.8em" },
  caption: { sm: "0.77em", lg: "0.9em" },
  vertical: { start: "top", center: "middle", end: "bottom" },
};
// What fetches something is not a colour.
const FETCHES = /url|image|src|attr|;/i;

/** @param {any} value */
const length = (value, unit = 1) => (typeof value === "number" ? `${value * unit}px` : /^[\d.]+$/.test(value ?? "") ? `${Number(value) * unit}px` : value);
const spacing = (/** @type {any} */ value) => length(value, 4);

/** @param {any} color @param {Scheme} scheme */
function colorOf(color, scheme) {
  const value = typeof color === "object" && color ? color[scheme] : color;
  if (!value || FETCHES.test(value)) return undefined;
  const named = own(SCALES.variable, value);
  if (named) return `var(--${named})`;
  const found = /^([a-z]+)-(\d{1,3})$/.exec(value);
  if (!found) return Object.hasOwn(SCALES.hue, value) ? `oklch(65% 0.17 ${SCALES.hue[value]})` : value;
  const [, name, step] = found;
  const light = 98 - Number(step) * 0.072;
  const gray = /^(gray|slate|zinc|neutral|stone)$/.test(name);
  const chroma = gray ? 0.005 : 0.2 * Math.min(1, Number(step) / 450);
  return `oklch(${light}% ${chroma} ${SCALES.hue[name] ?? 260})`;
}

/** The values of the four sides, by the names of CSS. @param {any} value @param {string} name @param {(value: any) => any} as */
function sides({ top, right, bottom, left, x, y }, name, as) {
  const all = { Top: top ?? y, Right: right ?? x, Bottom: bottom ?? y, Left: left ?? x };
  return Object.fromEntries(Object.entries(all).map(([side, one]) => [name + side, one == null ? undefined : as(one)]));
}

/** @param {string} name @param {any} value */
const boxOf = (name, value) => (value == null ? {} : typeof value === "object" ? sides(value, name, spacing) : { [name]: spacing(value) });

/** @param {any} border @param {Scheme} scheme */
function borders(border, scheme) {
  if (border == null) return {};
  const line = (/** @type {any} */ one) => {
    const { size, color = "default", style = "solid" } = typeof one === "number" ? { size: one } : one;
    return `${size}px ${/^\w+$/.test(style) ? style : "solid"} ${colorOf(color, scheme)}`;
  };
  return typeof border === "number" || "size" in border ? { border: line(border) } : sides(border, "border", line);
}

/** What most components have. @param {any} node @param {Scheme} scheme */
const block = (node, scheme) => ({
  width: length(node.width ?? node.size),
  height: length(node.height ?? node.size),
  minWidth: length(node.minWidth ?? node.minSize),
  minHeight: length(node.minHeight ?? node.minSize),
  maxWidth: length(node.maxWidth ?? node.maxSize),
  maxHeight: length(node.maxHeight ?? node.maxSize),
  aspectRatio: node.aspectRatio == null ? undefined : String(node.aspectRatio),
  borderRadius: length(SCALES.radius[node.radius]),
  flex: node.flex == null ? undefined : String(node.flex),
  background: colorOf(node.background, scheme),
  ...boxOf("margin", node.margin),
});

/** What a container has besides. @param {any} node @param {Scheme} scheme */
const box = (node, scheme, direction = "col") => ({
  ...block(node, scheme),
  flexDirection: direction === "row" ? "row" : "column",
  alignItems: SCALES.flex[node.align] ?? node.align,
  justifyContent: SCALES.flex[node.justify] ?? node.justify,
  flexWrap: node.wrap,
  gap: spacing(node.gap),
  ...boxOf("padding", node.padding),
  ...borders(node.border, scheme),
});

/** @param {any} node @param {Scheme} scheme */
const text = (node, scheme, sizes = SCALES.text) => ({
  fontSize: sizes[node.size],
  color: colorOf(node.color, scheme),
  fontWeight: SCALES.weight[node.weight],
  textAlign: node.textAlign,
  width: length(node.width),
  ...(node.maxLines && { WebkitLineClamp: node.maxLines }),
  ...(node.minLines && { minHeight: `${node.minLines * 1.5}em` }),
});

const COLORS = ["blue", "orange", "green", "purple", "red", "yellow", "pink"];
const [WIDTH, HEIGHT, TOP, BOTTOM] = [480, 220, 8, 24];

/** @param {number} value */
function ceiling(value) {
  const step = 10 ** Math.floor(Math.log10(value || 1));
  return ([1, 2, 2.5, 5, 10].find((factor) => factor * step >= value) ?? 10) * step;
}

/** Where each series begins and ends at each category, with stacks on each other. @param {WidgetNode} node @returns {Series[]} */
function layers({ data, series }) {
  /** @type {Record<string, number[]>} */
  const tops = {};
  return series.map((one, index) => {
    const stack = one.stack ?? `own-${index}`;
    const base = (tops[stack] ??= data.map(() => 0));
    const spans = data.map((row, at) => {
      const value = Number(row[one.dataKey]) || 0;
      return [base[at], (base[at] += value), value];
    });
    return { ...one, stack, spans };
  });
}

/** @param {number[][]} points */
function path(points, curve = "linear") {
  return points.reduce((line, [x, y], index) => {
    if (!index) return `M${x} ${y}`;
    const [px, py] = points[index - 1];
    if (curve.startsWith("step")) return `${line}H${curve === "stepBefore" ? px : curve === "stepAfter" ? x : (px + x) / 2}V${y}H${x}`;
    const mid = (px + x) / 2;
    return curve.startsWith("linear") ? `${line}L${x} ${y}` : `${line}C${mid} ${py} ${mid} ${y} ${x} ${y}`;
  }, "");
}

/** @type {Component} */
function Chart({ node, scheme }) {
  const [over, setOver] = useState(-1);
  const { data, series, showYAxis = false, showLegend = true, showTooltip = true, barGap = 2, barCategoryGap = 12 } = node;
  const axis = typeof node.xAxis === "string" ? { dataKey: node.xAxis } : node.xAxis;
  const name = (/** @type {any} */ row) => axis.labels?.[row[axis.dataKey]] ?? row[axis.dataKey];
  const drawn = layers(node);
  const ends = drawn.flatMap(({ spans }) => spans.flatMap(([from, to]) => [from, to]));
  const most = ceiling(Math.max(0, ...ends));
  const lowest = Math.min(0, ...ends);
  const least = lowest < 0 ? -ceiling(-lowest) : 0;
  const left = showYAxis ? 40 : 4;
  const slot = (WIDTH - left) / Math.max(1, data.length);
  const x = (/** @type {number} */ at) => left + slot * (at + 0.5);
  const y = (/** @type {number} */ value) => TOP + ((most - value) / (most - least || 1)) * (HEIGHT - TOP - BOTTOM);
  const colors = series.map(({ color }, index) => colorOf(color ?? COLORS[index % COLORS.length], scheme));
  const stacks = [...new Set(drawn.filter(({ type }) => type === "bar").map(({ stack }) => stack))];
  const category = Math.min(barCategoryGap, slot / 2);
  const width = Math.max(1, (slot - category - barGap * (stacks.length - 1)) / stacks.length);
  const bars = drawn.map(({ type, stack, spans }, index) => type === "bar" && spans.map(([from, to], at) =>
    html`<rect x=${x(at) - slot / 2 + category / 2 + stacks.indexOf(stack) * (width + barGap)} y=${Math.min(y(from), y(to))} width=${width} height=${Math.abs(y(from) - y(to))} rx="2" fill=${colors[index]} />`));
  const lines = drawn.map(({ type, spans, curveType }, index) => {
    if (type === "bar") return null;
    const top = path(spans.map(([, to], at) => [x(at), y(to)]), curveType ?? undefined);
    const bottom = path(spans.map(([from], at) => [x(at), y(from)]).reverse(), curveType ?? undefined);
    return html`${type === "area" && html`<path d=${`${top}${bottom.replace("M", "L")}Z`} fill=${colors[index]} opacity="0.2" />`}<path d=${top} fill="none" stroke=${colors[index]} stroke-width="2" stroke-linejoin="round" />`;
  });
  const label = (/** @type {any} */ one) => one.label ?? one.dataKey;
  return html`<figure class="w-chart" style=${block(node, scheme)} onMouseLeave=${() => setOver(-1)}>
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      ${[0, 0.5, 1].map((part) => least + (most - least) * part).map((value) => html`<line class="grid" x1=${left} x2=${WIDTH} y1=${y(value)} y2=${y(value)} />${showYAxis && html`<text x=${left - 6} y=${y(value) + 4} text-anchor="end">${value.toLocaleString()}</text>`}`)}
      ${bars}${lines}
      ${!axis.hide && data.map((row, at) => at % Math.ceil(data.length / 8) === 0 && html`<text x=${x(at)} y=${HEIGHT - 6} text-anchor="middle">${name(row)}</text>`)}
      ${showTooltip && data.map((_, at) => html`<rect class=${at === over ? "hover on" : "hover"} x=${x(at) - slot / 2} y="0" width=${slot} height=${HEIGHT - BOTTOM} onMouseEnter=${() => setOver(at)} />`)}
    </svg>
    ${showTooltip && over >= 0 && html`<figcaption class="w-tooltip">${name(data[over])}${drawn.map((one, index) => html`<span><i style=${{ background: colors[index] }} />${label(one)} <b>${one.spans[over][2].toLocaleString()}</b></span>`)}</figcaption>`}
    ${showLegend && html`<div class="w-legend" aria-hidden="true">${series.map((one, index) => html`<span><i style=${{ background: colors[index] }} />${label(one)}</span>`)}</div>`}
    <table class="sr-only"><thead><tr><th>${axis.dataKey}</th>${series.map((one) => html`<th>${label(one)}</th>`)}</tr></thead><tbody>${data.map((row) => html`<tr><th>${name(row)}</th>${series.map(({ dataKey }) => html`<td>${row[dataKey]}</td>`)}</tr>`)}</tbody></table>
  </figure>`;
}

const Acting = createContext(null);

/** A name with dots makes an object in an object. @param {FormData} data */
function valuesOf(data) {
  const values = Object.create(null);
  for (const [name, value] of data) {
    const path = name.split(".");
    const last = /** @type {string} */ (path.pop());
    path.reduce((at, part) => (at[part] ??= Object.create(null)), values)[last] = value === "on" ? true : value;
  }
  return values;
}

/** @param {any} payload @param {any} values */
const merged = (payload, values) => {
  if (!Object.keys(values).length) return payload;
  return payload && typeof payload === "object" && !Array.isArray(payload) ? { ...payload, ...values } : { ...(payload != null && { payload }), ...values };
};

/** @param {any} item */
function useActing(item) {
  const { session, options } = usePanel();
  const [busy, setBusy] = useState(/** @type {any} */ (null));
  /** @type {Act} */
  const act = async (config, source, form = null, values = {}) => {
    if (!config || busy || session.turn) return;
    const { type, payload, handler = "server", loadingBehavior = "auto", streaming = true } = config;
    const sent = { type, payload: merged(payload, { ...(form && valuesOf(new FormData(form))), ...values }) };
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

const classes = (/** @type {any[]} */ ...names) => names.filter(Boolean).join(" ");

/** @param {any} node @param {string} kind */
const textClass = (node, kind) =>
  classes(kind, node.truncate && "truncate", node.maxLines && "clamp", node.italic && "italic", node.lineThrough && "struck");

/** @param {any} node @param {string} kind */
const controlClass = (node, kind) =>
  classes(kind, node.variant ?? "outline", node.size ?? "md", node.pill && "pill", node.block && "block", node.gutterSize && `gutter-${node.gutterSize}`);

/** @param {any} node */
const field = (node) => ({ class: controlClass(node, "field"), name: node.name, disabled: node.disabled, "aria-label": node.placeholder ?? node.name });

/** @param {any} node */
function useTyped(node) {
  const ref = useRef(null);
  useEffect(() => {
    if (node.autoFocus) ref.current.focus();
    if (node.autoSelect) ref.current.select();
  }, []);
  const { defaultValue, required, placeholder } = node;
  return { ...field(node), ref, dir: "auto", defaultValue, required, placeholder };
}

/** @param {any} event @returns {HTMLFormElement | null} */
const formOf = (event) => event.currentTarget.closest("form");

/** @param {any} node @param {Function} act */
const changing = (node, act) => (/** @type {any} */ event) => {
  const { target } = event;
  const value = target.type === "checkbox" ? target.checked : target.value;
  if (node.onChangeAction) act(node.onChangeAction, node, formOf(event), { [node.name]: value });
};

const handled = (/** @type {any} */ event) => (event.preventDefault(), event.stopPropagation());

/** With its own settings by default, or always. @param {object} [usual] @param {object} [always] @returns {Component} */
const container = (usual, always) => ({ node, scheme }) => {
  const all = { ...usual, ...node, ...always };
  return html`<div class="w-box" style=${box(all, scheme, all.direction)}><${Nodes} of=${node.children} /></div>`;
};

/** @param {Props["Status"]} props */
const Status = ({ status }) =>
  status && html`<div class="w-status">${status.favicon ? html`<${Picture} url=${status.favicon} alt="" />` : status.icon && html`<${Icon} name=${status.icon} />`}<span dir="auto">${status.text}</span></div>`;

/** @type {Record<string, Component>} */
export const COMPONENTS = {
  Card({ node, act, busy, scheme }) {
    const { confirm, cancel, asForm, size = "md", status, collapsed } = node;
    const [done, setDone] = useState(false);
    const run = async (/** @type {"confirm" | "cancel"} */ name, form = null) => {
      await act(node[name]?.action, name, form);
      setDone(true);
    };
    const submit = (/** @type {any} */ event) => (handled(event), run("confirm", event.target));
    const button = (/** @type {"confirm" | "cancel"} */ name, /** @type {any} */ more) =>
      node[name] && html`<button type="button" disabled=${!!busy} onClick=${() => run(name)} ...${more}>${busy === name && html`<${Spinner} />`}${node[name].label}</button>`;
    const inner = html`
      <${Status} status=${status} />
      ${!(collapsed && done) && html`<div class="w-body" style=${box({ gap: 2, ...node, background: null, size: null }, scheme)}><${Nodes} of=${node.children} /></div>`}
      ${(confirm || cancel) && html`<div class="w-footer">
        ${button("cancel", { class: "button" })}
        ${button("confirm", { class: "button primary", ...(asForm && { type: "submit", onClick: undefined }) })}
      </div>`}`;
    const props = { class: `w-card ${size}`, style: { background: colorOf(node.background, scheme) } };
    return asForm ? html`<form ...${props} onSubmit=${submit}>${inner}</form>` : html`<div ...${props}>${inner}</div>`;
  },
  ListView({ node }) {
    const { words } = usePanel();
    const [all, setAll] = useState(false);
    const limit = node.limit === "auto" ? 5 : (node.limit ?? Infinity);
    const rows = all ? node.children : node.children.slice(0, limit);
    return html`<div class="w-card w-list md">
      <${Status} status=${node.status} />
      <${Nodes} of=${rows} />
      ${rows.length < node.children.length && html`<button type="button" class="button more" onClick=${() => setAll(true)}>${words.more}</button>`}
    </div>`;
  },
  ListViewItem({ node, act, busy, scheme }) {
    const style = box({ gap: 2, align: "center", ...node }, scheme, "row");
    const content = html`<${Nodes} of=${node.children} />${busy === node && html`<${Spinner} />`}`;
    if (!node.onClickAction) return html`<div class="w-row" style=${style}>${content}</div>`;
    const run = () => act(node.onClickAction, node);
    return html`<div class="w-row clickable" role="button" tabindex="0" style=${style} onClick=${run} onKeyDown=${(event) => event.target === event.currentTarget && /^(Enter| )$/.test(event.key) && (event.preventDefault(), run())}>${content}</div>`;
  },
  Basic: container({ gap: 2 }),
  Text({ node, scheme }) {
    const { editable, value } = node;
    const style = text(node, scheme);
    if (!editable) return html`<span class=${textClass(node, "w-text")} style=${style} dir="auto">${value}</span>`;
    const { name, placeholder, required, pattern, autoFocus, autoComplete } = editable;
    return html`<input class=${textClass(node, "w-text editable")} style=${style} dir="auto" name=${name} defaultValue=${value} placeholder=${placeholder} required=${required} pattern=${pattern} autofocus=${autoFocus} autocomplete=${autoComplete ?? "off"} aria-label=${placeholder ?? name} onFocus=${editable.autoSelect && ((event) => event.target.select())} />`;
  },
  Title: ({ node, scheme }) => html`<h3 class=${textClass(node, "w-title")} style=${text(node, scheme, SCALES.title)} dir="auto">${node.value}</h3>`,
  Caption: ({ node, scheme }) => html`<span class=${textClass(node, "w-caption")} style=${text(node, scheme, SCALES.caption)} dir="auto">${node.value}</span>`,
  Badge: ({ node }) => html`<span class=${classes("w-badge", node.color ?? "secondary", node.variant ?? "soft", node.size ?? "sm", node.pill && "pill")} dir="auto">${node.label}</span>`,
  Markdown: ({ node }) => html`<${Markdown} text=${node.value} />`,
  Box: container(),
  Row: container({ align: "center" }, { direction: "row" }),
  Col: container(),
  Form({ node, act, scheme }) {
    const form = useRef(null);
    return html`<form class="w-box" ref=${form} style=${box({ gap: 2, ...node }, scheme, node.direction)} onSubmit=${(event) => (handled(event), act(node.onSubmitAction, node, form.current))}><${Nodes} of=${node.children} /></form>`;
  },
  Divider({ node, scheme }) {
    const style = { borderTopWidth: length(node.size), borderTopColor: colorOf(node.color, scheme), marginBlock: spacing(node.spacing) };
    return html`<hr class=${node.flush ? "flush" : ""} style=${style} />`;
  },
  Icon({ node, scheme }) {
    const size = SCALES.icon[node.size ?? "md"];
    return html`<${Icon} name=${node.name} style=${{ width: size, height: size, color: colorOf(node.color, scheme) }} />`;
  },
  Image({ node, scheme }) {
    const style = { ...block(node, scheme), objectFit: node.fit ?? "cover", objectPosition: node.position };
    return html`<div class=${classes("w-image", node.frame && "frame", node.flush && "flush")}><${Picture} url=${node.src} alt=${node.alt ?? ""} style=${style} /></div>`;
  },
  Button({ node, act, busy }) {
    const { label, iconStart, iconEnd, iconSize, submit, uniform, style, disabled } = node;
    const primary = style === "primary";
    const kind = controlClass({ ...node, variant: node.variant ?? (primary ? "solid" : "outline") }, node.color ?? (primary ? "primary" : "secondary"));
    const icon = (/** @type {string} */ name) => name && html`<${Icon} name=${name} class=${iconSize} />`;
    return html`<button type=${submit ? "submit" : "button"} class=${classes("w-button", (uniform || !label) && "uniform", kind)} disabled=${disabled || busy !== null} aria-busy=${busy === node} aria-label=${label ? null : (iconStart ?? iconEnd ?? "").replace(/-/g, " ")} onClick=${(event) => !submit && act(node.onClickAction, node, formOf(event))}>
      ${busy === node ? html`<${Spinner} />` : icon(iconStart)}${label && html`<span dir="auto">${label}</span>`}${icon(iconEnd)}
    </button>`;
  },
  Spacer: ({ node }) => html`<div class="spring" style=${{ minWidth: length(node.minSize), minHeight: length(node.minSize) }}></div>`,
  Select({ node, act }) {
    const { options, placeholder, defaultValue, clearable } = node;
    return html`<select ...${field(node)} onChange=${changing(node, act)}>
      ${(placeholder || clearable || !defaultValue) && html`<option value="" selected=${!defaultValue} disabled=${!clearable}>${placeholder ?? ""}</option>`}
      ${options.map(({ value, label, description, disabled }) => html`<option key=${value} value=${value} selected=${value === defaultValue} disabled=${disabled}>${description ? `${label} – ${description}` : label}</option>`)}
    </select>`;
  },
  DatePicker({ node, act }) {
    const day = (/** @type {string} */ time) => time?.slice(0, 10);
    return html`<input type="date" ...${field(node)} defaultValue=${day(node.defaultValue)} min=${day(node.min)} max=${day(node.max)} required=${!node.clearable && !!node.defaultValue} onChange=${changing(node, act)} />`;
  },
  Checkbox: ({ node, act }) =>
    html`<label class="option"><input type="checkbox" name=${node.name} defaultChecked=${node.defaultChecked} required=${node.required} disabled=${node.disabled} aria-label=${node.label ? null : node.name} onChange=${changing(node, act)} />${node.label && html`<span dir="auto">${node.label}</span>`}</label>`,
  Input: ({ node }) => html`<input type=${node.inputType ?? "text"} ...${useTyped(node)} pattern=${node.pattern} autocomplete=${node.allowAutofillExtensions ? "on" : "off"} />`,
  Label: ({ node, scheme }) =>
    html`<label class="w-label" style=${text(node, scheme)} dir="auto" onClick=${(event) => event.target.closest("form, .w-root")?.querySelector(`[name="${CSS.escape(node.fieldName)}"]`)?.focus()}>${node.value}</label>`,
  RadioGroup: ({ node, act }) => html`<div class=${`w-radios ${node.direction ?? "row"}`} role="radiogroup" aria-label=${node.ariaLabel ?? node.name}>
    ${node.options?.map(({ value, label, disabled }) => html`<label class="option" key=${value}><input type="radio" name=${node.name} value=${value} defaultChecked=${value === node.defaultValue} required=${node.required} disabled=${node.disabled || disabled} onChange=${changing(node, act)} /><span dir="auto">${label}</span></label>`)}
  </div>`,
  Textarea({ node }) {
    const { class: kind, ...typed } = useTyped(node);
    const style = node.maxRows ? { maxHeight: `${node.maxRows * 1.5 + 1}em` } : {};
    return html`<textarea ...${typed} class=${classes(kind, node.autoResize && "grows")} style=${style} rows=${node.rows ?? 3}></textarea>`;
  },
  Transition: ({ node }) => html`<div class="w-transition"><${Nodes} of=${node.children} /></div>`,
  Chart,
  Table: ({ node }) => html`<div class="table" tabindex="0" role="group"><table><tbody><${Nodes} of=${node.children} /></tbody></table></div>`,
  "Table.Row": ({ node }) => html`<tr class=${node.header ? "head" : ""}><${Nodes} of=${node.children?.map((/** @type {any} */ cell) => ({ ...cell, header: node.header }))} /></tr>`,
  "Table.Cell"({ node, scheme }) {
    const { flexDirection: _, ...sizes } = box({ width: node.width, padding: node.padding }, scheme);
    const style = { ...sizes, textAlign: node.align, verticalAlign: SCALES.vertical[node.vAlign] };
    const props = { style, colspan: node.colSpan, rowspan: node.rowSpan, "data-size": node.colSize };
    const content = html`<${Nodes} of=${node.children} />`;
    return node.header ? html`<th scope="col" ...${props}>${content}</th>` : html`<td ...${props}>${content}</td>`;
  },
};

/** @param {Props["Node"]} props */
function Node({ node }) {
  const { words } = usePanel();
  const acting = useContext(Acting);
  const View = own(COMPONENTS, node?.type);
  return View ? html`<${View} node=${node} ...${acting} />` : html`<span class="quiet">${fill(words, "unknown", { type: node?.type })}</span>`;
}

/** @param {Props["Nodes"]} props */
const Nodes = ({ of }) => (of == null ? null : [of].flat().map((node, index) => html`<${Node} key=${node?.key ?? node?.id ?? index} node=${node} />`));

export const Widget = memo(({ item }) => {
  const panel = usePanel();
  const { busy, act } = useActing(item);
  const scheme = item.widget.theme ?? panel.scheme;
  return html`<${Acting.Provider} value=${{ busy, act, scheme }}>
    <div class="w-root" part="widget" data-scheme=${item.widget.theme} aria-busy=${busy !== null} inert=${busy === "container"}><${Node} node=${item.widget} /></div>
  <//>`;
});
