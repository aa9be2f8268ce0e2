/** Widgets: what a server draws from components; charts are SVG. */
import { fill, html, Icon, memo, Spinner, usePanel, useState } from "../ui.js";
import { Picture } from "../views/sources.js";
import { Acting, Badge, block, box, Box, Button, Caption, Checkbox, Col, colorOf, DatePicker, Divider, Form, IconComponent, Image, Input, Label, MarkdownComponent, RadioGroup, Row, Select, Spacer, Table, TableCell, TableRow, Text, Textarea, Title, Transition, useAct, useActing } from "./components.js";

const COLORS = ["blue", "purple", "orange", "green", "red", "yellow", "pink"];
const [WIDTH, HEIGHT, TOP, BOTTOM] = [480, 220, 8, 24];

/** A round number that is not below. @param {number} value */
function ceiling(value) {
  const step = 10 ** Math.floor(Math.log10(value || 1));
  return ([1, 2, 2.5, 5, 10].find((factor) => factor * step >= value) ?? 10) * step;
}

/** Where each series begins and ends at each category, with stacks on each other. @param {any} node */
function layers({ data, series }) {
  /** @type {Record<string, number[]>} */
  const tops = {};
  return series.map((/** @type {any} */ one, /** @type {number} */ index) => {
    const stack = one.stack ?? `own-${index}`;
    const base = (tops[stack] ??= data.map(() => 0));
    const spans = data.map((/** @type {any} */ row, /** @type {number} */ at) => {
      const value = Number(row[one.dataKey]) || 0;
      return [base[at], (base[at] += value), value];
    });
    return { ...one, stack, spans };
  });
}

/** @param {[number, number][]} points @param {string} [curve] */
function path(points, curve = "linear") {
  return points.reduce((line, [x, y], index) => {
    if (!index) return `M${x} ${y}`;
    const [px, py] = points[index - 1];
    if (curve.startsWith("step")) return `${line}H${curve === "stepBefore" ? px : curve === "stepAfter" ? x : (px + x) / 2}V${y}H${x}`;
    const mid = (px + x) / 2;
    return curve.startsWith("linear") ? `${line}L${x} ${y}` : `${line}C${mid} ${py} ${mid} ${y} ${x} ${y}`;
  }, "");
}

/** @param {any} props */
function Bars({ drawn, x, y, slot, stacks, colors, gap, category }) {
  const width = Math.max(1, (slot - category - gap * (stacks.length - 1)) / stacks.length);
  return drawn.map((/** @type {any} */ one, /** @type {number} */ index) => one.type === "bar" && one.spans.map((/** @type {any} */ [from, to], /** @type {number} */ at) =>
    html`<rect x=${x(at) - slot / 2 + category / 2 + stacks.indexOf(one.stack) * (width + gap)} y=${Math.min(y(from), y(to))} width=${width} height=${Math.abs(y(from) - y(to))} rx="2" fill=${colors[index]} />`));
}

/** @param {any} props */
const Lines = ({ drawn, x, y, colors }) =>
  drawn.map((/** @type {any} */ one, /** @type {number} */ index) => {
    if (one.type === "bar") return null;
    const top = one.spans.map((/** @type {any} */ [, to], /** @type {number} */ at) => [x(at), y(to)]);
    const line = path(top, one.curveType ?? undefined);
    const bottom = one.spans.map((/** @type {any} */ [from], /** @type {number} */ at) => [x(at), y(from)]).reverse();
    return html`${one.type === "area" && html`<path d=${`${line}${path(bottom, one.curveType ?? undefined).replace("M", "L")}Z`} fill=${colors[index]} opacity="0.2" />`}<path d=${line} fill="none" stroke=${colors[index]} stroke-width="2" stroke-linejoin="round" />`;
  });

/** @param {{ node: any }} props */
function Chart({ node }) {
  const { scheme } = useAct();
  const [over, setOver] = useState(-1);
  const { data, series, showYAxis = false, showLegend = true, showTooltip = true, barGap = 2, barCategoryGap = 12 } = node;
  const axis = typeof node.xAxis === "string" ? { dataKey: node.xAxis } : node.xAxis;
  const name = (/** @type {any} */ row) => axis.labels?.[row[axis.dataKey]] ?? row[axis.dataKey];
  const drawn = layers(node);
  const ends = drawn.flatMap((/** @type {any} */ one) => one.spans.flatMap((/** @type {any} */ [from, to]) => [from, to]));
  const most = ceiling(Math.max(0, ...ends));
  const least = Math.min(0, ...ends) < 0 ? -ceiling(-Math.min(0, ...ends)) : 0;
  const left = showYAxis ? 40 : 4;
  const slot = (WIDTH - left) / Math.max(1, data.length);
  const x = (/** @type {number} */ at) => left + slot * (at + 0.5);
  const y = (/** @type {number} */ value) => TOP + ((most - value) / (most - least || 1)) * (HEIGHT - TOP - BOTTOM);
  const colors = series.map((/** @type {any} */ one, /** @type {number} */ index) => colorOf(one.color ?? COLORS[index % COLORS.length], scheme));
  const stacks = [...new Set(drawn.filter((/** @type {any} */ one) => one.type === "bar").map((/** @type {any} */ one) => one.stack))];
  const every = Math.ceil(data.length / 8);
  const label = (/** @type {any} */ one) => one.label ?? one.dataKey;
  return html`<figure class="w-chart" style=${block(node, scheme)} onMouseLeave=${() => setOver(-1)}>
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      ${[0, 0.5, 1].map((part) => least + (most - least) * part).map((value) => html`<line class="grid" x1=${left} x2=${WIDTH} y1=${y(value)} y2=${y(value)} />${showYAxis && html`<text x=${left - 6} y=${y(value) + 4} text-anchor="end">${value.toLocaleString()}</text>`}`)}
      <${Bars} drawn=${drawn} x=${x} y=${y} slot=${slot} stacks=${stacks} colors=${colors} gap=${barGap} category=${Math.min(barCategoryGap, slot / 2)} />
      <${Lines} drawn=${drawn} x=${x} y=${y} colors=${colors} />
      ${!axis.hide && data.map((/** @type {any} */ row, /** @type {number} */ at) => at % every === 0 && html`<text x=${x(at)} y=${HEIGHT - 6} text-anchor="middle">${name(row)}</text>`)}
      ${showTooltip && data.map((/** @type {any} */ _, /** @type {number} */ at) => html`<rect class=${at === over ? "hover on" : "hover"} x=${x(at) - slot / 2} y="0" width=${slot} height=${HEIGHT - BOTTOM} onMouseEnter=${() => setOver(at)} />`)}
    </svg>
    ${showTooltip && over >= 0 && html`<figcaption class="w-tooltip">${name(data[over])}${drawn.map((/** @type {any} */ one, /** @type {number} */ index) => html`<span><i style=${{ background: colors[index] }} />${label(one)} <b>${one.spans[over][2].toLocaleString()}</b></span>`)}</figcaption>`}
    ${showLegend && html`<div class="w-legend" aria-hidden="true">${series.map((/** @type {any} */ one, /** @type {number} */ index) => html`<span><i style=${{ background: colors[index] }} />${label(one)}</span>`)}</div>`}
    <table class="sr-only"><thead><tr><th>${axis.dataKey}</th>${series.map((/** @type {any} */ one) => html`<th>${label(one)}</th>`)}</tr></thead><tbody>${data.map((/** @type {any} */ row) => html`<tr><th>${name(row)}</th>${series.map((/** @type {any} */ one) => html`<td>${row[one.dataKey]}</td>`)}</tr>`)}</tbody></table>
  </figure>`;
}

/** @param {{ status: any }} props */
const Status = ({ status }) =>
  status && html`<div class="w-status">${status.favicon ? html`<${Picture} url=${status.favicon} alt="" />` : status.icon && html`<${Icon} name=${status.icon} />`}<span dir="auto">${status.text}</span></div>`;

/** @param {{ node: any }} props */
function Card({ node }) {
  const { act, busy, scheme } = useAct();
  const { confirm, cancel, asForm, size = "md", status, collapsed } = node;
  const [done, setDone] = useState(false);
  const run = async (/** @type {any} */ action, /** @type {string} */ name, /** @type {any} */ form) => {
    await act(action, name, form);
    setDone(true);
  };
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    run(confirm?.action, "confirm", event.target);
  };
  const inner = html`
    <${Status} status=${status} />
    ${!(collapsed && done) && html`<div class="w-body" style=${box({ gap: 2, ...node, background: null, size: null }, scheme)}><${Nodes} of=${node.children} /></div>`}
    ${(confirm || cancel) && html`<div class="w-footer">
      ${cancel && html`<button type="button" class="button" disabled=${!!busy} onClick=${() => run(cancel.action, "cancel", null)}>${busy === "cancel" && html`<${Spinner} />`}${cancel.label}</button>`}
      ${confirm && html`<button type=${asForm ? "submit" : "button"} class="button primary" disabled=${!!busy} onClick=${asForm ? undefined : () => run(confirm.action, "confirm", null)}>${busy === "confirm" && html`<${Spinner} />`}${confirm.label}</button>`}
    </div>`}`;
  const props = { class: `w-card ${size}`, style: { background: colorOf(node.background, scheme) } };
  return asForm ? html`<form ...${props} onSubmit=${submit}>${inner}</form>` : html`<div ...${props}>${inner}</div>`;
}

/** @param {{ node: any }} props */
function ListViewItem({ node }) {
  const { act, busy, scheme } = useAct();
  const style = box({ gap: 2, align: "center", ...node }, scheme, "row");
  const content = html`<${Nodes} of=${node.children} />${busy === node && html`<${Spinner} />`}`;
  if (!node.onClickAction) return html`<div class="w-row" style=${style}>${content}</div>`;
  const run = () => act(node.onClickAction, node);
  const keys = (/** @type {any} */ event) => event.target === event.currentTarget && /^(Enter| )$/.test(event.key) && (event.preventDefault(), run());
  return html`<div class="w-row clickable" role="button" tabindex="0" style=${style} onClick=${run} onKeyDown=${keys}>${content}</div>`;
}

/** @param {{ node: any }} props */
function ListView({ node }) {
  const { words } = usePanel();
  const [all, setAll] = useState(false);
  const limit = node.limit === "auto" ? 5 : (node.limit ?? Infinity);
  const rows = all ? node.children : node.children.slice(0, limit);
  return html`<div class="w-card w-list md">
    <${Status} status=${node.status} />
    ${rows.map((/** @type {any} */ row, /** @type {number} */ index) => html`<${Node} key=${row.key ?? index} node=${row} />`)}
    ${rows.length < node.children.length && html`<button type="button" class="button more" onClick=${() => setAll(true)}>${words.more}</button>`}
  </div>`;
}

/** @param {{ node: any }} props */
function Basic({ node }) {
  const { scheme } = useAct();
  return html`<div class="w-box" style=${box({ gap: 2, ...node }, scheme, node.direction)}><${Nodes} of=${node.children} /></div>`;
}

/** Every component, by its type. @type {Record<string, any>} */
export const COMPONENTS = {
  Card,
  ListView,
  ListViewItem,
  Basic,
  Text,
  Title,
  Caption,
  Badge,
  Markdown: MarkdownComponent,
  Box,
  Row,
  Col,
  Form,
  Divider,
  Icon: IconComponent,
  Image,
  Button,
  Spacer,
  Select,
  DatePicker,
  Checkbox,
  Input,
  Label,
  RadioGroup,
  Textarea,
  Transition,
  Chart,
  Table,
  "Table.Row": TableRow,
  "Table.Cell": TableCell,
};

/** @param {{ node: any }} props */
function Node({ node }) {
  const { words } = usePanel();
  const View = COMPONENTS[node.type];
  return View ? html`<${View} node=${node} nodes=${Nodes} />` : html`<span class="quiet">${fill(words, "unknown", { type: node.type })}</span>`;
}

/** @param {{ of: any }} props */
export const Nodes = ({ of }) => (of == null ? null : [of].flat().map((node, index) => html`<${Node} key=${node.key ?? node.id ?? index} node=${node} />`));

export const Widget = memo((/** @type {{ item: any }} */ { item }) => {
  const panel = usePanel();
  const { busy, act } = useActing(item);
  const scheme = item.widget.theme ?? panel.scheme;
  return html`<${Acting.Provider} value=${{ busy, act, scheme }}>
    <div class="w-root" part="widget" data-scheme=${item.widget.theme} aria-busy=${busy !== null} inert=${busy === "container"}><${Node} node=${item.widget} /></div>
  <//>`;
});
