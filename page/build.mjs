/** Builds what people get, `chatkit_page/`, from the sources beside this file: `npm run build`. */
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HERE = import.meta.dirname;
const TO = process.argv[2] ?? join(HERE, "../src/chatkit_agent/reference/chatkit_page");
const STYLES = ["panel", "composer", "items", "widgets"];

/** All files below a folder, in an order that is the same everywhere. */
const below = (folder) =>
  readdirSync(join(HERE, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(HERE.length + 1))
    .sort();

/** What a test compares, so that nobody forgets to build: the sources as they were. */
function sourcesHash() {
  const hash = createHash("sha256");
  for (const path of [...below("src"), ...below("vendor").filter((name) => name.endsWith(".js"))]) {
    hash.update(`${path}\n`);
    hash.update(readFileSync(join(HERE, path)));
  }
  return hash.digest("hex");
}

const banner = `/* chatkit-panel, built from page/ of chatkit-integration-agent: do not edit. Sources ${sourcesHash()}.\n   It includes preact and htm (Apache-2.0, MIT), marked (MIT) and icons of lucide (ISC): see LICENSES.txt. */`;
const common = { minify: true, charset: "utf8", legalComments: "none", target: "es2023" };
mkdirSync(join(TO, "locales"), { recursive: true });
await build({
  ...common,
  entryPoints: [join(HERE, "src/chatkit-panel.js")],
  outfile: join(TO, "chatkit-panel.js"),
  bundle: true,
  format: "esm",
  banner: { js: banner },
});
const styles = STYLES.map((name) => readFileSync(join(HERE, `src/styles/${name}.css`), "utf8")).join("\n");
await build({
  ...common,
  stdin: { contents: styles, loader: "css" },
  outfile: join(TO, "chatkit-panel.css"),
});
for (const path of below("src/locales").map((name) => name.slice("src/locales/".length)))
  await build({ ...common, entryPoints: [join(HERE, "src/locales", path)], outfile: join(TO, "locales", path), format: "esm" });
for (const name of ["chatkit-panel.d.ts", "LICENSES.txt"]) copyFileSync(join(HERE, name), join(TO, name));
writeFileSync(join(TO, "README.md"), readFileSync(join(HERE, "delivered.md")));
