/** Widgets: what a server draws from components, as one item of the conversation. */
import { html, Icon, memo, Spinner, usePanel, useState } from "../ui.js";
import { Picture } from "../views/picture.js";
import { Acting, useAct, useActing } from "./actions.js";
import { Chart } from "./chart.js";
import { Button, Checkbox, DatePicker, Input, Label, RadioGroup, Select, Textarea } from "./controls.js";
import { box, colorOf } from "./style.js";
import { Badge, Box, Caption, Col, Divider, Form, IconComponent, Image, MarkdownComponent, Row, Spacer, Table, TableCell, TableRow, Text, Title, Transition } from "./parts.js";

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
export function Node({ node }) {
  const { words } = usePanel();
  const View = COMPONENTS[node.type];
  return View ? html`<${View} node=${node} nodes=${Nodes} />` : html`<span class="quiet">${words.unknown.replace("{type}", node.type)}</span>`;
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
